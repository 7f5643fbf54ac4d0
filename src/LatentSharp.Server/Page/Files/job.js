// A job on the page: how far it is, ending it, its files.

import { call, follow, open } from './api.js';
import { h, problem } from './dom.js';

/** Shows a job until it is over; gives its last state. */
export async function showJob(job, place, { preview = () => {} } = {}) {
  const bar = h('progress', { max: 1, value: 0, 'aria-label': 'How far it is' }), text = h('p', { class: 'soft' }, 'waiting ...');
  const end = h('button', { type: 'button', onclick: () => call(`v1/jobs/${job.id}/cancel`, { method: 'POST' }).catch(() => {}) }, 'Cancel');
  place.replaceChildren(h('div', { class: 'card job' }, bar, text, end));
  const last = await follow(job.id, (name, event) => {
    if (name === 'progress') {
      bar.value = event.fraction;
      text.textContent = [event.step, event.item, event.count ? `${event.number} of ${event.count}` : ''].filter(Boolean).join(' · ') || 'working ...';
    } else if (name === 'preview') {
      preview(event.image);
    } else if (event.status === 'queued' && event.queue_position) {
      text.textContent = `waiting, place ${event.queue_position}`;
    }
  });
  place.replaceChildren(last.status === 'failed' ? problem({ problem: last.problem }) : last.status === 'cancelled' ? h('p', { class: 'card job' }, 'It was cancelled.') : done(last));
  return last;
}

function done(job) {
  const pages = job.files.filter(f => f.endsWith('.html'));
  return h('div', { class: 'card job' }, h('p', { class: 'good' }, 'Done.'), h('div', { class: 'row' },
    pages.map(f => h('button', { type: 'button', class: 'main', onclick: () => open(job.id, f) }, `Read ${f}`)),
    job.files.filter(f => f.endsWith('.json')).map(f => h('button', { type: 'button', onclick: () => open(job.id, f) }, f))));
}
