// Pictures on the page: the slider between two, and places that are marked.

import { h } from './dom.js';

/** A picture over another, with a slider between them. */
export function compare(before, after, names) {
  const front = h('div', { class: 'front' }, h('img', { src: before, alt: names[0] })), bar = h('div', { class: 'bar' });
  const slider = h('input', { type: 'range', min: 0, max: 1000, value: 500, 'aria-label': `How much of ${names[0]} is shown`, oninput: move });
  const stage = h('div', { class: 'compare', onpointermove: e => { if (e.buttons || e.pointerType === 'mouse') at(e); }, onpointerdown: at },
    h('img', { src: after, alt: names[1] }), front, bar, h('span', { class: 'tag left' }, names[0]), h('span', { class: 'tag right' }, names[1]));
  function at(e) {
    const box = stage.getBoundingClientRect();
    slider.value = Math.round(1000 * Math.min(1, Math.max(0, (e.clientX - box.left) / box.width)));
    move();
  }
  function move() {
    const part = slider.value / 10;
    front.style.clipPath = `inset(0 ${100 - part}% 0 0)`;
    bar.style.left = `${part}%`;
  }
  move();
  return h('div', {}, stage, slider);
}

/** A picture with rectangles over it. */
export function marked(url, width, height, places) {
  const ns = 'http://www.w3.org/2000/svg', svg = document.createElementNS(ns, 'svg');
  svg.setAttribute('viewBox', `0 0 ${width} ${height}`);
  svg.setAttribute('aria-hidden', 'true');
  for (const p of places) {
    const rect = document.createElementNS(ns, 'rect');
    for (const name of ['x', 'y', 'width', 'height']) rect.setAttribute(name, p[name]);
    svg.append(rect);
  }
  return h('div', { class: 'stage' }, h('img', { class: 'picture', src: url, alt: 'The picture that was dropped', width, height }), svg);
}

/** A file as a picture no larger than a side, and its size. */
export async function fitted(file, side) {
  const bitmap = await createImageBitmap(file).catch(() => null);
  if (!bitmap) return { file, width: 0, height: 0, shrunk: false };
  const scale = Math.min(1, side / Math.max(bitmap.width, bitmap.height));
  if (scale === 1) return { file, width: bitmap.width, height: bitmap.height, shrunk: false };
  const [width, height] = [Math.round(bitmap.width * scale), Math.round(bitmap.height * scale)];
  const canvas = h('canvas', { width, height }), draw = canvas.getContext('2d');
  draw.imageSmoothingQuality = 'high';
  draw.drawImage(bitmap, 0, 0, width, height);
  const blob = await new Promise(done => canvas.toBlob(done, 'image/png'));
  return { file: new File([blob], file.name, { type: 'image/png' }), width, height, shrunk: true };
}

/** The bytes of a file in base64. */
export async function base64(file) {
  const bytes = new Uint8Array(await file.arrayBuffer());
  let text = '';
  for (let i = 0; i < bytes.length; i += 32768) text += String.fromCharCode(...bytes.subarray(i, i + 32768));
  return btoa(text);
}
