#include "http/page.h"

namespace gtidops {

const char* const kPageStyle = R"css(
:root {
  color-scheme: light dark;
  --page: #f6f7f9; --card: #fff; --text: #1b1f24; --soft: #57606a; --line: #d5dae0;
  --good: #116329; --good-back: #dcf5e3; --bad: #a40e26; --bad-back: #ffe3e3;
  --warn: #6a4a00; --warn-back: #fff1c7;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #0e1116; --card: #171b22; --text: #e4e8ee; --soft: #9aa5b1; --line: #2f3742;
    --good: #6fdc8c; --good-back: #12301d; --bad: #ff9a9a; --bad-back: #3c1519;
    --warn: #f3cf6b; --warn-back: #352a0c;
  }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--text); font: 15px/1.45 system-ui, sans-serif; }
header, main, footer { max-width: 78rem; margin: 0 auto; padding: 1rem; }
header h1 { font-size: 1.3rem; margin: 0 0 .25rem; }
h2 { font-size: 1.15rem; margin: 0; }
h3 { font-size: .95rem; margin: 1rem 0 .3rem; }
p { margin: .25rem 0; }
.soft { color: var(--soft); }
code, .mono { font: .86em/1.4 ui-monospace, monospace; overflow-wrap: anywhere; }
.card { background: var(--card); border: 1px solid var(--line); border-radius: .5rem; padding: 1rem;
  margin: 0 0 1rem; }
.head { display: flex; flex-wrap: wrap; gap: .5rem; align-items: center; }
.badge { border-radius: 1rem; padding: .05rem .6rem; font-size: .85rem; border: 1px solid currentColor; }
.good { color: var(--good); background: var(--good-back); }
.bad { color: var(--bad); background: var(--bad-back); }
.warn { color: var(--warn); background: var(--warn-back); }
.banner { border-radius: .35rem; padding: .5rem .75rem; margin: .75rem 0 0; font-weight: 600; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; margin-top: .5rem; }
caption { text-align: left; font-weight: 600; padding: .2rem 0; }
th, td { text-align: left; vertical-align: top; padding: .25rem .7rem .25rem 0;
  border-bottom: 1px solid var(--line); }
thead th { color: var(--soft); font-weight: 500; font-size: .85rem; }
tbody th { font-weight: 600; }
.number { text-align: right; font-variant-numeric: tabular-nums; }
.branch { color: var(--soft); white-space: pre; font-family: ui-monospace, monospace; }
td.good, td.bad, td.warn { background: none; }
ul { margin: .25rem 0; padding-left: 1.2rem; }
details { margin-top: .6rem; }
summary { cursor: pointer; }
:focus-visible { outline: 2px solid currentColor; outline-offset: 2px; }
)css";

}  // namespace gtidops
