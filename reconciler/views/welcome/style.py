"""The style of the welcome sheet: a screen, or one page of A4 or Letter. PAPER is filled in."""

from typing import Final

STYLE: Final = """
@page { size: PAPER; margin: 0 }
:root { --ink: #14213d; --soft: #5b6780; --line: #dfe4ee; --tint: #f4f6fb; --brand: #1f5eff;
  --deep: #123a9e; --alarm: #b3261e; --alarm-tint: #fdf1f0 }
* { box-sizing: border-box; margin: 0; padding: 0 }
html { -webkit-print-color-adjust: exact; print-color-adjust: exact }
body { font: 400 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue",
  "Liberation Sans", Arial, sans-serif; color: var(--ink); background: #e9edf5 }
main { max-width: 800px; margin: 32px auto; background: #fff; border-radius: 18px;
  overflow: hidden; box-shadow: 0 12px 40px rgb(20 33 61 / .16) }
header { padding: 40px 48px 34px; color: #fff;
  background: linear-gradient(120deg, var(--deep), var(--brand) 75%, #5b8cff) }
.organisation { font-size: 13px; font-weight: 600; letter-spacing: .09em;
  text-transform: uppercase; opacity: .85 }
h1 { margin-top: 10px; font-size: 36px; line-height: 1.15; font-weight: 700;
  letter-spacing: -.015em; overflow-wrap: anywhere }
.intro { margin-top: 8px; font-size: 16px; opacity: .92; max-width: 42em }
dl { display: flex; flex-wrap: wrap; gap: 14px; margin-top: 24px }
dl div { flex: 1 1 200px; padding: 12px 18px 13px; border-radius: 12px;
  background: rgb(255 255 255 / .14) }
dt { font-size: 12px; opacity: .85 }
dd { font-size: 20px; line-height: 1.35; font-weight: 600; overflow-wrap: anywhere }
dd small { display: block; font-size: 13px; font-weight: 400; opacity: .85 }
dd.number { font-size: 34px; line-height: 1.2; font-weight: 700; letter-spacing: .02em;
  font-variant-numeric: tabular-nums }
h2 { font-size: 17px; font-weight: 700; letter-spacing: -.005em; margin-bottom: 12px }
section { padding: 32px 48px 0 }
.start { display: grid; grid-template-columns: 1fr 236px; gap: 20px 36px; align-items: start }
.start.wide { grid-template-columns: 1fr }
ol { list-style: none; counter-reset: step }
li { counter-increment: step; display: flex; gap: 14px; margin-bottom: 14px }
li::before { content: counter(step); flex: none; width: 28px; height: 28px; border-radius: 50%;
  font-weight: 700; font-size: 14px; line-height: 28px; text-align: center;
  color: var(--brand); background: #e8eeff }
li span { padding-top: 2px; overflow-wrap: anywhere }
.card { padding: 10px 10px 14px; border: 1px solid var(--line); border-radius: 16px;
  text-align: center; background: #fff }
.card.empty { padding: 26px 20px; border-style: dashed; background: var(--tint) }
.code { width: 100% }
.code svg { display: block; width: 100%; height: auto }
figcaption { font-size: 13px; line-height: 1.4; color: var(--soft) }
figcaption strong { display: block; color: var(--ink) }
.address { grid-column: 1 / -1; font-size: 13px; color: var(--soft) }
code { display: block; margin-top: 4px; padding: 9px 13px; border-radius: 9px;
  font: 13px/1.45 ui-monospace, "SF Mono", Menlo, Consolas, "Liberation Mono", monospace;
  color: var(--ink); background: var(--tint); overflow-wrap: anywhere }
.more { display: grid; grid-template-columns: 1fr 1fr; gap: 36px; align-items: start }
table { width: 100%; border-collapse: collapse; font-size: 14px; line-height: 1.35 }
tr + tr { border-top: 1px solid var(--line) }
th { width: 1%; padding: 7px 16px 7px 0; text-align: left; white-space: nowrap;
  font: 600 15px/1.35 ui-monospace, "SF Mono", Menlo, Consolas, "Liberation Mono", monospace;
  color: var(--deep) }
td { padding: 7px 0 }
th, td { vertical-align: baseline }
.emergency { padding: 18px 20px; border-radius: 14px; background: var(--alarm-tint);
  border-left: 5px solid var(--alarm); font-size: 14px; line-height: 1.45 }
.emergency h2 { color: var(--alarm); margin-bottom: 6px }
.emergency p + p { margin-top: 8px }
.dial { font-size: 19px; font-weight: 700 }
footer { margin: 30px 48px 0; padding: 16px 0 34px; border-top: 1px solid var(--line);
  font-size: 13px; color: var(--soft) }
@media (max-width: 640px) {
  main { margin: 0; border-radius: 0 }
  header, section { padding-left: 24px; padding-right: 24px }
  footer { margin-left: 24px; margin-right: 24px }
  .start, .more { grid-template-columns: 1fr }
  .card { max-width: 280px; width: 100%; margin: 0 auto }
}
@media print {
  body { background: #fff; font-size: 10.5pt; line-height: 1.4 }
  main { max-width: none; margin: 0; border-radius: 0; box-shadow: none }
  header { padding: 10mm 17mm 7mm }
  h1 { font-size: 22pt }
  dl { margin-top: 4mm }
  dl div { padding: 2mm 4mm }
  dd.number { font-size: 22pt }
  h2 { margin-bottom: 2mm }
  section { padding: 6mm 17mm 0 }
  footer { margin: 5mm 17mm 0; padding: 3mm 0 0 }
  .start { grid-template-columns: 1fr 54mm; gap: 4mm 9mm }
  .start.wide { grid-template-columns: 1fr }
  .more { grid-template-columns: 1.1fr 1fr; gap: 9mm }
  li { margin-bottom: 2mm }
  th, td { padding-top: 1.5mm; padding-bottom: 1.5mm }
  section, figure, aside, li, tr { break-inside: avoid }
}
"""
