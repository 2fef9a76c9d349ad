/** One plain sheet, light and dark by the reader's own setting. */
export const STYLE = `
:root { color-scheme: light dark; --line: light-dark(#dcdfe4, #30363d); --soft: light-dark(#f6f7f9, #161b22);
  --text: light-dark(#1c2128, #e6edf3); --dim: light-dark(#57606a, #9aa4af); --link: light-dark(#0550ae, #79b8ff); }
* { box-sizing: border-box; }
html { scroll-behavior: smooth; scroll-padding-top: 1rem; }
body { margin: 0; display: grid; grid-template-columns: 16rem minmax(0, 1fr); color: var(--text);
  background: light-dark(#fff, #0d1117); font: 16px/1.55 system-ui, sans-serif; }
nav { position: sticky; top: 0; height: 100vh; overflow: auto; padding: 1.25rem; border-right: 1px solid var(--line); background: var(--soft); font-size: .9rem; }
nav h2 { font-size: .75rem; text-transform: uppercase; letter-spacing: .06em; color: var(--dim); margin: 1.25rem 0 .25rem; }
nav ul { list-style: none; margin: 0; padding: 0; } nav li a { display: block; padding: .15rem 0; }
a { color: var(--link); text-decoration: none; } a:hover, a:focus-visible { text-decoration: underline; }
.brand { font-weight: 700; font-size: 1.1rem; color: var(--text); }
main { padding: 2rem clamp(1rem, 4vw, 4rem); max-width: 64rem; }
section { border-top: 1px solid var(--line); margin-top: 2.5rem; padding-top: 1rem; }
h1, h2, h3 { line-height: 1.25; } h3 { font-size: .95rem; margin: 1.25rem 0 .5rem; }
code { font: .88em ui-monospace, SFMono-Regular, Menlo, monospace; background: var(--soft); padding: .1em .3em; border-radius: 4px; overflow-wrap: anywhere; }
.route { font-size: 1.05rem; } .route b { display: inline-block; padding: .1rem .5rem; border-radius: 5px; color: #fff; font-size: .8rem; }
.get { background: #1a7f37; } .post { background: #0550ae; } .put { background: #9a6700; } .delete { background: #cf222e; }
table { border-collapse: collapse; width: 100%; font-size: .92rem; } th, td { text-align: left; vertical-align: top; padding: .35rem .75rem .35rem 0; border-top: 1px solid var(--line); font-weight: 400; }
td:nth-child(2) { color: var(--dim); overflow-wrap: anywhere; }
dl { display: grid; grid-template-columns: 3.5rem 1fr; gap: .3rem .5rem; margin: 0; } dt { font-weight: 600; } dd { margin: 0; } dl.wide { grid-template-columns: 9rem 1fr; }
@media (max-width: 760px) { body { display: block; } nav { position: static; height: auto; max-height: 45vh; border-right: 0; border-bottom: 1px solid var(--line); } table, tbody, tr, th, td { display: block; } td { border: 0; padding-top: 0; } }
`
