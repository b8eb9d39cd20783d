"""manifest.json."""

from __future__ import annotations

import json

from make_report import make_report

from reportgen.writers import manifest


def test_says_what_went_in_what_came_out_and_how() -> None:
    report = make_report(k=2, pictures=False)
    data = manifest.write_manifest(
        report,
        outputs={"report.pdf": "ab"},
        options={"seed": 1, "accent": "#B5302A"},
        timings={"read": 0.12345},
    )
    found = json.loads(data)
    assert found["tool"] == "reportgen"
    assert found["input"]["sha256"] == report.analysis.table.sha256
    assert found["outputs"] == {"report.pdf": {"sha256": "ab"}}
    assert found["rows"] == {"read": 800, "used": 800, "set_aside": 0}
    assert found["options"]["accent"] == "#B5302A"
    assert found["seed"] == report.analysis.clustering.seed
    assert found["timings"] == {"read": 0.123}
    assert {"python", "weasyprint", "pandas"} <= set(found["versions"])


def test_depends_on_the_clock_only_in_its_timings() -> None:
    report = make_report(k=2, pictures=False)
    one, two = (
        json.loads(manifest.write_manifest(report, outputs={}, options={}, timings={"read": seconds}))
        for seconds in (1.0, 2.0)
    )
    del one["timings"], two["timings"]
    assert one == two
