// A brush over a picture: what is painted is made anew.

import { h } from './dom.js';

/** A picture to paint on. */
export async function maskPainter(file) {
  const bitmap = await createImageBitmap(file);
  const canvas = h('canvas', { width: bitmap.width, height: bitmap.height, 'aria-label': 'Paint what is to be made anew' }), draw = canvas.getContext('2d');
  const size = h('input', { type: 'range', min: 1, max: 40, value: 10 });
  let painted = false, last = null;

  function at(e) {
    const box = canvas.getBoundingClientRect();
    return [(e.clientX - box.left) * canvas.width / box.width, (e.clientY - box.top) * canvas.height / box.height];
  }

  function stroke(e) {
    const here = at(e);
    Object.assign(draw, { strokeStyle: '#fff', lineCap: 'round', lineWidth: size.value / 100 * Math.max(canvas.width, canvas.height) });
    draw.beginPath();
    draw.moveTo(...(last ?? here));
    draw.lineTo(...here);
    draw.stroke();
    [last, painted] = [here, true];
  }

  canvas.addEventListener('pointerdown', e => { canvas.setPointerCapture(e.pointerId); last = null; stroke(e); });
  canvas.addEventListener('pointermove', e => { if (e.buttons) stroke(e); });
  const clear = () => { draw.clearRect(0, 0, canvas.width, canvas.height); painted = false; };
  // By keyboard: the whole picture, or the lower half, without a brush.
  const fill = top => { draw.fillStyle = '#fff'; draw.fillRect(0, top * canvas.height, canvas.width, canvas.height); painted = true; };
  const element = h('div', {}, h('div', { class: 'stage' }, h('img', { class: 'picture', src: URL.createObjectURL(file), alt: 'The picture to change', width: bitmap.width, height: bitmap.height }), canvas),
    h('label', {}, 'Brush ', size), h('div', { class: 'row' }, h('button', { type: 'button', onclick: clear }, 'Clear'),
      h('button', { type: 'button', onclick: () => fill(0) }, 'Everything'), h('button', { type: 'button', onclick: () => fill(.5) }, 'Lower half')));

  return {
    element,
    /** The mask as a file, white where it was painted; null where it was not. */
    mask: () => painted ? new Promise(done => {
      const whole = h('canvas', { width: canvas.width, height: canvas.height }), paint = whole.getContext('2d');
      paint.fillRect(0, 0, whole.width, whole.height);
      paint.drawImage(canvas, 0, 0);
      whole.toBlob(done, 'image/png');
    }) : Promise.resolve(null),
  };
}
