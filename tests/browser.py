"""Read report.html in a real headless Chromium, at the widths of a laptop and a phone; `make browser`.

For the sample and two tables of ``--data``: axe-core without violations, no console message, no request to
anywhere, nothing wider than the window, every link and scrolling box reachable by keyboard with a focus that
shows, and paper when printed. Needs Chromium (apt-get install chromium), Node.js, and once the npm registry:
playwright-core and axe-core go into a folder of their own under build/. Says why it skips where one is missing.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from validate import DATA, ROOT, SAMPLE, build

TOOLS = ROOT / "build" / "browser"
PACKAGES = ("playwright-core@1.64.1", "axe-core@4.14.1")
TABLES = ("CC GENERAL.csv", "german_credit_data.csv")
WIDTHS = (1280, 390)

SCRIPT = r"""
const { chromium } = require('playwright-core');
const fs = require('fs');
const axe = fs.readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');
const [browserPath, folder, widths, ...files] = process.argv.slice(2);
const flags = ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
  '--disable-background-networking', '--disable-component-update', '--disable-sync'];
(async () => {
  const browser = await chromium.launch({ executablePath: browserPath, args: flags });
  const results = [];
  for (const file of files) for (const width of JSON.parse(widths)) {
    // The page's own policy forbids scripts; axe is let in beside it, the policy itself is tried without.
    const context = await browser.newContext({ viewport: { width, height: 900 }, bypassCSP: true });
    const page = await context.newPage();
    const messages = [], requests = [];
    page.on('console', m => messages.push(m.text()));
    page.on('pageerror', e => messages.push(String(e)));
    page.on('request', r => { if (!/^(file|data):/.test(r.url())) requests.push(r.url()); });
    await page.goto('file://' + file);
    await page.evaluate(() => document.fonts.ready);
    const fonts = await page.evaluate(() => [...document.fonts].filter(f => f.status === 'error').length);
    const wide = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
    await page.screenshot({ path: `${folder}/${results.length}.png`, fullPage: true });
    let stops = 0, unseen = [];
    await page.evaluate(() => document.activeElement.blur());
    for (; stops < 400; stops++) {
      await page.keyboard.press('Tab');
      const at = await page.evaluate(() => {
        const e = document.activeElement;
        if (!e || e === document.body) return null;
        const s = getComputedStyle(e), b = e.getBoundingClientRect();
        return { text: (e.textContent || e.className).trim().slice(0, 40), first: e.matches('.skip'),
          shows: s.outlineStyle !== 'none' && parseFloat(s.outlineWidth) >= 2 && b.width > 0
            && b.left > -5 && b.left < window.innerWidth };
      });
      if (!at || (stops && at.first)) break;
      if (!at.shows) unseen.push(at.text);
    }
    await page.addScriptTag({ content: axe });
    const found = await page.evaluate(() => axe.run(document, { resultTypes: ['violations'] }));
    await page.emulateMedia({ media: 'print' });
    await page.pdf({ path: `${folder}/${results.length}.pdf`, format: 'A4', preferCSSPageSize: true });
    results.push({ file, width, messages, requests, fonts, wide, stops, unseen,
      axe: found.violations.map(
        v => `${v.id} (${v.nodes.length}): ${v.nodes[0].target} ${v.nodes[0].failureSummary}`) });
    await context.close();
    const strict = await browser.newContext({ viewport: { width, height: 900 } });
    const plain = await strict.newPage();
    plain.on('console', m => messages.push(m.text()));
    await plain.goto('file://' + file);
    await strict.close();
  }
  await browser.close();
  console.log(JSON.stringify(results));
})();
"""


def skip(reason: str) -> int:
    print(f"browser: skipped, {reason}", file=sys.stderr)
    return 0


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, default=DATA, help="folder of tables (default: %(default)s)")
    parser.add_argument("--pictures", type=Path, help="keep screenshots and printed pages in this folder")
    asked = parser.parse_args()
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        return skip("Chromium is not installed (apt-get install chromium)")
    if shutil.which("node") is None or shutil.which("npm") is None:
        return skip("Node.js is not installed")
    if not (TOOLS / "node_modules" / "axe-core").is_dir():
        TOOLS.mkdir(parents=True, exist_ok=True)
        (TOOLS / "package.json").write_text('{"private": true}\n')
        got = subprocess.run(
            ["npm", "install", "--no-audit", "--no-fund", "--ignore-scripts", *PACKAGES],
            cwd=TOOLS, capture_output=True, text=True, check=False,
        )  # fmt: skip
        if got.returncode:
            return skip(f"npm could not get {' and '.join(PACKAGES)}: {got.stderr.strip().splitlines()[-1:]}")
    tables = [SAMPLE, *(asked.data / name for name in TABLES if (asked.data / name).is_file())]
    with tempfile.TemporaryDirectory() as temporary:
        folder = asked.pictures or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        files = []
        for number, table in enumerate(tables):
            files.append(Path(temporary) / f"{number}.html")
            error = build(table, files[-1], [])
            if error:
                print(f"browser: no report of {table.name}: {error}", file=sys.stderr)
                return 1
        (TOOLS / "read.js").write_text(SCRIPT)
        done = subprocess.run(
            ["node", "read.js", chromium, str(folder), json.dumps(WIDTHS), *map(str, files)],
            cwd=TOOLS, capture_output=True, text=True, check=False, timeout=300,
        )  # fmt: skip
    if done.returncode:
        print(done.stderr.strip(), file=sys.stderr)
        return 1
    wrong = 0
    print(
        f"{'table':<32}{'width':>6}{'axe':>5}{'console':>9}{'requests':>10}{'too wide':>10}{'stops':>7}{'unseen':>8}"
    )
    for result, table in zip(json.loads(done.stdout), [t for t in tables for _ in WIDTHS], strict=True):
        faults = [*result["axe"], *result["messages"], *result["requests"],
                  *(f"focus does not show: {text}" for text in result["unseen"])]  # fmt: skip
        if result["wide"] > 0:
            faults.append(f"{result['wide']} px wider than the window")
        if result["fonts"]:
            faults.append(f"{result['fonts']} fonts did not load")
        print(
            f"{table.name[:30]:<32}{result['width']:>6}{len(result['axe']):>5}{len(result['messages']):>9}"
            f"{len(result['requests']):>10}{max(result['wide'], 0):>10}{result['stops']:>7}{len(result['unseen']):>8}"
        )
        for fault in faults:
            print(f"    {fault[:300]}")
        wrong += len(faults)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
