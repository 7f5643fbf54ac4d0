// Which of the uses is shown: the address tells, so that the browser's own back and forward work.

import { look } from './look.js';
import { autoencoders } from './autoencoders.js';
import { doctor } from './doctor.js';
import { generate } from './generate.js';
import { reports } from './reports.js';

const uses = { look, autoencoders, doctor, generate, reports };
const shown = {};

function show() {
  const name = location.hash.slice(1) in uses ? location.hash.slice(1) : 'look', main = document.getElementById('main');
  for (const link of document.querySelectorAll('nav a')) {
    if (link.hash === `#${name}`) link.setAttribute('aria-current', 'page');
    else link.removeAttribute('aria-current');
  }
  document.title = `${name[0].toUpperCase()}${name.slice(1)} – LatentSharp`;
  // What was done in a use is still there when one comes back to it.
  main.replaceChildren(shown[name] ??= uses[name]());
}

addEventListener('hashchange', () => { if (location.hash !== '#main') show(); });
// A file that misses its place must not replace the page.
addEventListener('dragover', e => e.preventDefault());
addEventListener('drop', e => e.preventDefault());
show();
