#include "analysis/report/page.h"

namespace anser::report {

const char* page_style() {
  return R"css(
:root { color-scheme: light; --ink: #1a1a1a; --quiet: #595959; --rule: #dcdcdc; --good: #00694d; --bad: #b34700; }
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; }
body { margin: 0; background: #ffffff; color: var(--ink);
  font: 16px/1.55 -apple-system, "Segoe UI", Roboto, Helvetica, Arial, "Liberation Sans", sans-serif; }
main { max-width: 1120px; margin: 0 auto; padding: 40px 24px 56px; }
h1 { font-size: 32px; line-height: 1.2; margin: 0 0 20px; letter-spacing: -0.01em; }
h2 { font-size: 22px; line-height: 1.3; margin: 52px 0 12px; padding-top: 20px; border-top: 1px solid var(--rule); }
h3 { font-size: 17px; margin: 32px 0 8px; }
p, ul { max-width: 76ch; margin: 0 0 14px; }
.kicker { color: var(--quiet); font-size: 14px; margin: 0 0 6px; overflow-wrap: anywhere; }
.note { color: var(--quiet); font-size: 14px; }
.verdict { border: 1px solid var(--rule); border-left: 6px solid var(--good); border-radius: 4px; padding: 18px 22px 8px;
  margin: 0 0 22px; background: #f6faf8; }
.verdict.broken { border-left-color: var(--bad); background: #fdf7f2; }
.verdict .headline { font-size: 20px; font-weight: 700; color: var(--good); margin-bottom: 8px; }
.verdict.broken .headline { color: var(--bad); }
.verdict p, .verdict ul { max-width: 108ch; }
.verdict ul { padding-left: 20px; }
.verdict li { margin-bottom: 4px; }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(150px, 1fr)); gap: 12px; margin: 0 0 8px; }
.tile { border: 1px solid var(--rule); border-radius: 4px; padding: 12px 14px; }
.tile b { display: block; font-size: 24px; line-height: 1.25; font-variant-numeric: tabular-nums; }
.tile.good b { color: var(--good); } .tile.bad b { color: var(--bad); }
.tile span { display: block; font-size: 14px; line-height: 1.4; color: var(--quiet); }
.scroll { overflow-x: auto; margin: 0 0 18px; }
table { border-collapse: collapse; font-size: 14.5px; line-height: 1.4; }
caption { text-align: left; color: var(--quiet); padding: 0 0 8px; caption-side: top; }
th, td { padding: 6px 14px 6px 0; text-align: left; vertical-align: top; border-bottom: 1px solid var(--rule); }
th { font-weight: 600; vertical-align: bottom; border-bottom: 1.5px solid #8a8a8a; }
th.number, td.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
.data td:first-child, .data th:first-child { position: sticky; left: 0; background: #ffffff; padding-right: 16px; }
.data td { white-space: nowrap; }
.facts { width: 100%; max-width: 860px; }
.facts th { width: 15em; font-weight: 400; color: var(--quiet); border-bottom: 1px solid var(--rule); vertical-align: top; }
.facts td { overflow-wrap: anywhere; }
.lines { width: 100%; }
.lines .detail { display: block; color: var(--quiet); font-size: 13.5px; }
.holds, .broken-line { font-weight: 700; white-space: nowrap; }
.holds { color: var(--good); } .broken-line { color: var(--bad); }
figure { margin: 22px 0 26px; }
.panels { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 400px), 1fr)); gap: 26px 32px; align-items: start; }
.panels.single { max-width: 528px; }
.panels svg { display: block; width: 100%; height: auto; }
figcaption { color: var(--quiet); font-size: 14px; max-width: 84ch; margin-top: 12px; }
.key { display: flex; flex-wrap: wrap; gap: 4px 22px; padding: 0; margin: 0 0 12px; max-width: none; list-style: none; font-size: 14px; }
.key li { display: flex; align-items: center; gap: 8px; }
.key svg { width: 34px; height: 14px; flex: none; }
pre { background: #f5f5f5; border: 1px solid var(--rule); border-radius: 4px; padding: 12px 14px; overflow-x: auto;
  font: 14px/1.5 ui-monospace, Menlo, Consolas, "DejaVu Sans Mono", "Liberation Mono", monospace; margin: 0 0 16px; }
footer { margin-top: 48px; padding-top: 16px; border-top: 1px solid var(--rule); color: var(--quiet); }
footer table { font-size: 13.5px; }
@media (max-width: 640px) {
  main { padding: 22px 16px 40px; }
  h1 { font-size: 25px; } h2 { font-size: 20px; margin-top: 40px; }
  .verdict { padding: 14px 16px 4px; }
  .tiles { grid-template-columns: repeat(2, 1fr); gap: 8px; }
  .tile { padding: 10px 12px; } .tile b { font-size: 20px; }
  .facts, .facts tbody, .facts tr, .facts th, .facts td,
  .lines, .lines tbody, .lines tr, .lines td { display: block; width: auto; border: 0; padding: 0; }
  .facts tr, .lines tr { padding: 7px 0; border-bottom: 1px solid var(--rule); }
  .facts th { font-size: 13px; }
  .lines thead { display: none; }
  .lines td[data-label]::before { content: attr(data-label) ": "; color: var(--quiet); font-weight: 400; }
}
@media print {
  @page { size: A4; margin: 14mm 14mm 16mm; }
  body { font-size: 10pt; line-height: 1.4; -webkit-print-color-adjust: exact; print-color-adjust: exact; }
  main { max-width: none; padding: 0; }
  h1 { font-size: 20pt; } h2 { font-size: 14pt; margin-top: 20pt; padding-top: 8pt; } h3 { font-size: 11pt; }
  h2, h3, caption, .key { break-after: avoid; }
  figcaption { break-before: avoid; }
  .verdict, .tile, tr, figure, .panels svg, pre { break-inside: avoid; }
  thead { display: table-header-group; }
  .scroll { overflow: visible; }
  table { font-size: 8pt; } .data td:first-child, .data th:first-child { position: static; background: none; }
  .data th, .data td { padding: 3pt 7pt 3pt 0; }
  .data th, th.number { white-space: normal; }
  .data td:first-child { white-space: normal; min-width: 24mm; }
  .lines .detail { font-size: 7pt; }
  .tiles { grid-template-columns: repeat(4, 1fr); } .tile b { font-size: 14pt; } .tile span { font-size: 8.5pt; }
  .panels { grid-template-columns: repeat(2, 1fr); gap: 12pt 16pt; }
  .panels.single { grid-template-columns: 1fr; max-width: 115mm; }
  .verdict .headline { font-size: 13pt; }
  figcaption, .note, .key, .kicker { font-size: 8.5pt; }
  pre { white-space: pre-wrap; overflow-wrap: anywhere; font-size: 8.5pt; }
  footer table { font-size: 8pt; }
}
)css";
}

}  // namespace anser::report
