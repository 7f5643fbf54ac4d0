// The service: requests with the key where one is needed, errors with what to do, events of jobs.

const place = path => new URL(path, document.baseURI);

/** The key of this tab; null where none was needed. */
export const key = () => sessionStorage.getItem('latent-key');

/** An error that carries the service's own words. */
export class ServiceError extends Error {
  constructor(status, problem) {
    super(problem.detail ?? problem.error ?? `The service answered ${status}.`);
    Object.assign(this, { status, problem });
  }
}

/** A request; asks for a key and repeats it where one is needed. */
export async function call(path, options = {}) {
  const headers = new Headers(options.headers);
  if (key()) headers.set('Authorization', `Bearer ${key()}`);
  let response;
  try {
    response = await fetch(place(path), { ...options, headers });
  } catch (error) {
    if (error.name === 'AbortError') throw error;
    throw new ServiceError(0, { detail: 'The service does not answer.', next: 'See whether it still runs: latent serve.' });
  }
  if (response.status === 401 && await askForKey()) return call(path, options);
  if (!response.ok) throw new ServiceError(response.status, await response.json().catch(() => ({})));
  return response;
}

/** The same for a JSON answer. */
export const json = async (path, options) => (await call(path, options)).json();

/** Sends a file as the body. */
export const send = (path, file, options = {}) => call(path, { method: 'POST', body: file, ...options,
  headers: { 'Content-Type': file.type && !file.type.startsWith('text/') ? file.type : 'application/octet-stream', ...options.headers } });

/** Sends JSON. */
export const post = (path, value, method = 'POST') => json(path, { method, body: JSON.stringify(value), headers: { 'Content-Type': 'application/json' } });

/** Follows a job to its end; tells every event. */
export async function follow(id, tell, signal) {
  const response = await call(`v1/jobs/${id}/events`, { signal });
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = '', last;
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return last;
    rest += value;
    let end;
    while ((end = rest.indexOf('\n\n')) >= 0) {
      const lines = rest.slice(0, end).split('\n');
      rest = rest.slice(end + 2);
      const name = lines.find(l => l.startsWith('event: '))?.slice(7), data = lines.find(l => l.startsWith('data: '))?.slice(6);
      if (!name) continue;
      const event = JSON.parse(data);
      if (name === 'status') last = event;
      tell(name, event);
    }
  }
}

/** Opens a file of a job in a tab of its own. A link cannot carry a key: the file is fetched where one is needed. */
export async function open(id, file) {
  const path = `v1/jobs/${id}/files/${file}`;
  if (!key()) return void window.open(place(path), '_blank', 'noopener');
  const blob = await (await call(path)).blob();
  window.open(URL.createObjectURL(blob), '_blank');
}

let asking = null;

function askForKey() {
  asking ??= new Promise(done => {
    const dialog = document.getElementById('key'), text = document.getElementById('key-text');
    dialog.addEventListener('close', () => {
      asking = null;
      if (text.value) sessionStorage.setItem('latent-key', text.value);
      done(Boolean(text.value));
      text.value = '';
    }, { once: true });
    dialog.showModal();
  });
  return asking;
}
