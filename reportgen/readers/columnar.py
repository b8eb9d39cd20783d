"""Turn a Parquet file into columns of text, numbers in full.

All later steps read text: one way in for all files. A Parquet file says its types, but ids stand in it as numbers and
dates as text as often as anywhere, so its types are no reason to ask less.
"""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from reportgen.errors import InputError
from reportgen.readers.sources import Limits
from reportgen.results import Note


def read_parquet(name: str, data: bytes, limits: Limits) -> tuple[list[str], pa.Table, list[Note]]:
    """Header, columns of text named ``0``, ``1`` ..., notes.

    Raises
    ------
    InputError
        The file is damaged or too large, or has no column of single values.
    """
    try:
        file = pq.ParquetFile(pa.BufferReader(data))
        meta, schema = file.metadata, file.schema_arrow
    except (pa.ArrowException, OSError, ValueError):
        raise InputError(f"{name}: a Parquet file that is cut off or damaged; copy it again") from None
    if len(schema) > limits.columns:
        raise InputError(
            f"{name}: {len(schema):,} columns, and at most {limits.columns:,} are read; "
            "keep the columns that describe customers, or raise --max-columns"
        )
    if meta.num_rows * max(len(schema), 1) * 8 > limits.bytes:
        raise InputError(
            f"{name}: {meta.num_rows:,} rows of {len(schema):,} columns are more than {limits.bytes:,} bytes; "
            "split the table, or raise --max-bytes"
        )
    notes: list[Note] = []
    kept = [
        i for i, field in enumerate(schema) if not (pa.types.is_nested(field.type) or _binary(field.type))
    ]
    for i in sorted(set(range(len(schema))) - set(kept)):
        notes.append(
            Note(
                code="column-not-read",
                message=f"{schema[i].name} holds lists or bytes rather than single values and was not read.",
                place=schema[i].name,
                level="warning",
            )
        )
    if not kept:
        raise InputError(f"{name}: a Parquet file without a column of single values; give one with a table")
    size = 0
    batches: list[pa.RecordBatch] = []
    try:
        for batch in file.iter_batches():  # by place: names can stand twice
            texts = [_text(batch.column(i)) for i in kept]
            for text in texts:
                text.validate(full=True)  # Arrow takes the writer's word that text is UTF-8
            size += sum(text.nbytes for text in texts)
            if size > limits.bytes:
                raise InputError(f"{name}: more than {limits.bytes:,} bytes as text; raise --max-bytes")
            batches.append(pa.RecordBatch.from_arrays(texts, names=[str(n) for n in range(len(kept))]))
    except (pa.ArrowException, OSError, ValueError, KeyError):
        raise InputError(f"{name}: a Parquet file that is damaged; copy it again") from None
    header = [" ".join(schema[i].name.split()) for i in kept]
    header = ["" if title.startswith("__index_level_") else title for title in header]  # pandas' row names
    fields = pa.schema([(str(n), pa.large_string()) for n in range(len(kept))])
    return header, pa.Table.from_batches(batches, schema=fields), notes


def _binary(kind: pa.DataType) -> bool:
    return bool(
        pa.types.is_binary(kind) or pa.types.is_large_binary(kind) or pa.types.is_fixed_size_binary(kind)
    )


def _text(column: pa.Array) -> pa.Array:
    """Text of every cell; empty where there is none."""
    kind = column.type
    if pa.types.is_dictionary(kind):
        return _text(column.dictionary_decode())
    if pa.types.is_boolean(kind):
        text = pc.if_else(column, "TRUE", "FALSE")
    elif pa.types.is_timestamp(kind):
        whole = column.cast(pa.timestamp("s", kind.tz), safe=False)
        text = pc.strftime(whole, format="%Y-%m-%d %H:%M:%S", locale="C")
        text = pc.replace_substring_regex(text, r"[ T]00:00:00$", "")
    elif pa.types.is_float16(kind) or pa.types.is_float32(kind) or pa.types.is_float64(kind):
        exact = column.cast(pa.float64()) if pa.types.is_float16(kind) else column
        text = pc.replace_substring_regex(exact.cast(pa.string()), r"\.(\d{3})$", r".\10")
        text = pc.if_else(pc.equal(text, "nan"), "", text)
    elif pa.types.is_duration(kind):
        text = column.cast(pa.int64()).cast(pa.string())
    else:
        text = column.cast(pa.string()) if not pa.types.is_large_string(kind) else column
    text = text.cast(pa.large_string()).fill_null("")
    return pc.utf8_trim_whitespace(text)
