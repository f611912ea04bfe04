/** The look of the HTML report: light and dark by the reader's system, wide tables that scroll by themselves on a phone. */

export const PAGE_STYLE = `
:root{color-scheme:light dark;--bg:#fff;--panel:#f6f8fa;--ink:#1f2328;--quiet:#59636e;--edge:#d1d9e0;--row:#f6f8fa;--dot:#0072b2;--good:#1a7f37;--bad:#b35900}
@media (prefers-color-scheme:dark){:root{--bg:#010409;--panel:#0d1117;--ink:#e6edf3;--quiet:#9198a1;--edge:#3d444d;--row:#0d1117;--dot:#56b4e9;--good:#3fb950;--bad:#f58b4c}}
*{box-sizing:border-box}
body{margin:0;background:var(--bg);color:var(--ink);font:16px/1.55 system-ui,-apple-system,"Segoe UI",Helvetica,Arial,sans-serif}
main{max-width:1180px;margin:0 auto;padding:28px 20px 80px}
h1{font-size:1.9rem;line-height:1.2;margin:0 0 .6rem}
h2{font-size:1.35rem;margin:2.8rem 0 .8rem;padding-bottom:.3rem;border-bottom:1px solid var(--edge)}
h3{font-size:1.08rem;margin:2rem 0 .6rem}
p,ul{max-width:80ch;margin:.6rem 0}
ul{padding-left:1.3rem}
li{margin:.3rem 0}
code{font:.88em ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;background:var(--panel);border:1px solid var(--edge);border-radius:4px;padding:0 .25em}
nav{display:flex;flex-wrap:wrap;gap:.35rem .5rem;margin:1rem 0}
nav a{color:inherit;text-decoration:none;border:1px solid var(--edge);border-radius:999px;padding:.1rem .7rem;font-size:.88rem;background:var(--panel)}
nav a:hover{border-color:var(--dot)}
.scroll{overflow-x:auto;margin:1rem 0;border:1px solid var(--edge);border-radius:6px}
table{border-collapse:collapse;width:100%;font-size:.86rem;font-variant-numeric:tabular-nums}
th,td{padding:.38rem .7rem;text-align:right;white-space:nowrap;border-bottom:1px solid var(--edge)}
th{font-weight:600;color:var(--quiet);background:var(--panel)}
tbody tr:last-child td{border-bottom:0}
tbody tr:nth-child(even) td{background:var(--row)}
.w{text-align:left}
td.w{white-space:normal;min-width:6rem}
td.w:first-child{min-width:10rem}
td:first-child,th:first-child{position:sticky;left:0;background:var(--bg);border-right:1px solid var(--edge)}
th:first-child,tbody tr:nth-child(even) td:first-child{background:var(--panel)}
td small{color:var(--quiet);font-size:.86em}
.good strong{color:var(--good)}
.bad strong{color:var(--bad)}
figure{margin:1rem 0;overflow-x:auto}
figure svg{display:block;width:100%;min-width:600px;max-width:860px;height:auto}
details{margin:1rem 0;border:1px solid var(--edge);border-radius:6px;padding:.5rem .8rem;background:var(--panel)}
summary{cursor:pointer;font-size:.9rem}
.spread{display:grid;grid-template-columns:minmax(8rem,max-content) 1fr 4.2rem;gap:.1rem .8rem;align-items:center;font-size:.82rem;margin:.6rem 0 .2rem;font-variant-numeric:tabular-nums}
.spread .track{position:relative;height:1.15rem;margin:0 5px;background:linear-gradient(var(--edge),var(--edge)) center/100% 1px no-repeat}
.spread .track::before{content:"";position:absolute;left:50%;top:0;bottom:0;border-left:1px solid var(--edge)}
.spread .track i{position:absolute;top:50%;width:8px;height:8px;margin:-4px 0 0 -4px;border-radius:50%;background:var(--dot);opacity:.62}
.spread .ends{display:flex;justify-content:space-between;color:var(--quiet)}
.spread .wide{text-align:right;color:var(--quiet)}
@media (max-width:560px){main{padding:18px 12px 60px}.spread{grid-template-columns:minmax(0,7.5rem) 1fr 3.4rem;gap:.1rem .4rem}td:first-child{white-space:normal;min-width:5.5rem}}
`.trim();
