"""Turn HTML and an Analysis into files, one function per format that returns bytes.

The doors, each in the module of its format (nothing heavy is imported until one is opened)::

    pdf.write_pdf(html, report)            report.pdf: PDF/A-3a and PDF/UA-1 in one file
    pdf.typeset(html, report)              the same with the number of pages and the notes
    html.write_html(html, report)          report.html: one page that asks for nothing
    tables.write_segments(analysis)        segments.csv
    tables.write_assignments(analysis)     customers/assignments.csv
    tables.write_anomalies(analysis)       customers/anomalies.csv
    workbook.write_workbook(analysis, as_of)   customers/customers.xlsx, or None above its row limit
    manifest.write_manifest(...)           manifest.json
    publish.publish_file(target, data)     one file, replaced whole
    publish.publish_folder(target, files, manifest)   a set, published whole or not at all
"""
