// Elements, messages and the place where files are dropped.

/** An element with properties (on... for events, data-... and aria-... for attributes) and children. */
export function h(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith('on')) element.addEventListener(name.slice(2), value);
    else if (name === 'class') element.className = value;
    else if (name in element && name !== 'list' && !name.startsWith('aria')) element[name] = value;
    else element.setAttribute(name, value === true ? '' : value);
  }
  element.append(...children.flat().filter(c => c !== null && c !== undefined && c !== false));
  return element;
}

/** Says something at the lower border, to screen readers too; nothing takes it away. */
export function say(text = '') {
  document.getElementById('status').textContent = text;
}

/** An error with what to do about it. */
export function problem(error) {
  const told = error.problem ?? { detail: error.message };
  return h('div', { class: 'card', role: 'alert' }, h('p', { class: 'error' }, told.detail ?? told.error ?? 'It failed.'), told.next ? h('p', {}, told.next) : null);
}

/** Brings what comes into view, where it begins below what is seen; what follows it stays below, however it grows. */
export function reveal(place) {
  if (place.getBoundingClientRect().top <= innerHeight * .6) return;
  place.style.minHeight = '100vh';
  place.scrollIntoView({ block: 'start' });
}

/** Does something that takes a while, and shows where it fails. What takes the place of something else gets no less room than that had. */
export async function busy(text, place, work) {
  say(text);
  place.style.minHeight = `${place.offsetHeight}px`;
  try {
    return await work();
  } catch (error) {
    if (error.name === 'AbortError') return undefined;
    place.replaceChildren(problem(error));
    return undefined;
  } finally {
    say();
  }
}

/** A place for files: dropped, chosen, or pasted. */
export function drop({ title, hint, accept = '', multiple = false, take }) {
  const input = h('input', { type: 'file', accept, multiple, onchange: () => input.files.length && take([...input.files]) });
  const place = h('label', {
    class: 'drop',
    ondragover: e => { e.preventDefault(); place.classList.add('over'); },
    ondragleave: () => place.classList.remove('over'),
    ondrop: e => { e.preventDefault(); place.classList.remove('over'); if (e.dataTransfer.files.length) take([...e.dataTransfer.files]); },
  }, input, h('strong', {}, title), h('span', { class: 'hint' }, hint));
  return place;
}

/** A name with a value, many of them. */
export function figures(pairs) {
  return h('dl', { class: 'figures' }, pairs.filter(([, v]) => v !== null && v !== undefined && v !== '').map(([name, value]) =>
    h('div', {}, h('dt', {}, name), h('dd', {}, String(value)))));
}

/** A list to choose from. */
export function select(label, values, change = () => {}) {
  const list = h('select', { onchange: () => change(list.value) }, values.map(([value, text]) => h('option', { value }, text ?? value)));
  return { element: h('label', {}, label + ' ', list), list };
}

/** A number of digits, or what stands for none. */
export const number = (value, digits = 2) => value === null || value === undefined ? '–' : Number(value).toFixed(digits);

/** A picture to draw when there is none at hand: slopes, stripes and letters. */
export function samplePicture(size = 384) {
  const canvas = h('canvas', { width: size, height: size }), draw = canvas.getContext('2d');
  const sky = draw.createLinearGradient(0, 0, size, size);
  for (const [at, colour] of [[0, '#1d3c6b'], [.5, '#d98b5f'], [1, '#f4e3b5']]) sky.addColorStop(at, colour);
  draw.fillStyle = sky;
  draw.fillRect(0, 0, size, size);
  for (let i = 0; i < 24; i++) {
    draw.fillStyle = `hsl(${i * 15} 60% 55%)`;
    draw.fillRect(size * .08 + i * size * .035, size * .72, size * .02, size * .18);
  }
  draw.fillStyle = '#fff';
  draw.font = `600 ${size / 9}px sans-serif`;
  draw.fillText('latent', size * .08, size * .3);
  draw.font = `${size / 24}px serif`;
  draw.fillText('small letters show what is lost', size * .08, size * .42);
  draw.beginPath();
  draw.arc(size * .75, size * .25, size * .13, 0, 7);
  draw.fillStyle = '#fbe9a7';
  draw.fill();
  return new Promise(done => canvas.toBlob(blob => done(new File([blob], 'sample.png', { type: 'image/png' })), 'image/png'));
}
