// Drives the page in Chromium: each of its five uses from drop to result, and a failing one, on a desktop and on a phone, with axe over
// every state. Prints a line for each step; ends with 1 where something is not as it should be.
//   node drive.mjs ADDRESS CHROMIUM PICTURES-FOLDER [SCREENSHOTS-FOLDER]

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createRequire } from 'node:module';
import { chromium } from 'playwright-core';

const [address, executablePath, pictures, screenshots] = process.argv.slice(2);
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const wait = { timeout: 120_000 }, mostBytes = 200_000, mostShift = .05;
const picture = join(pictures, 'picture.png'), second = join(pictures, 'second.png'), small = join(pictures, 'small.png'), text = join(pictures, 'text.txt');
const desktop = { viewport: { width: 1280, height: 900 } }, phone = { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true };
let failed = 0;

function tell(good, what) {
  console.log(`${good ? 'good' : 'FAILED'}: ${what}`);
  if (!good) failed++;
}

async function judge(page, state) {
  await page.evaluate(axe);
  const { violations } = await page.evaluate(() => window.axe.run(document, { resultTypes: ['violations'] }));
  tell(violations.length === 0, `axe, ${state}: ${violations.length} violations`);
  for (const v of violations) console.log(`  ${v.id}: ${v.help}\n    ${v.nodes.slice(0, 3).map(n => n.html.slice(0, 160)).join('\n    ')}`);
  const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  tell(wide <= 0, `width, ${state}: ${wide} pixels too much`);
  if (screenshots) await page.screenshot({ path: join(screenshots, `${state.replaceAll(/\W+/g, '-')}.png`), fullPage: true });
}

// What moved since the page was loaded without anybody having done anything, and the elements that did.
function shifts() {
  return new Promise(done => {
    let sum = 0;
    const moved = [];
    new PerformanceObserver(list => {
      for (const entry of list.getEntries().filter(e => !e.hadRecentInput)) {
        sum += entry.value;
        moved.push(`${entry.value.toFixed(3)} ${entry.sources.map(s => s.node?.outerHTML?.slice(0, 40) ?? s.node?.textContent?.slice(0, 40)).join(', ')}`);
      }
    }).observe({ type: 'layout-shift', buffered: true });
    setTimeout(() => done({ sum, moved }), 100);
  });
}

// Whether the newest picture differs from the one it was made from where that was painted over, and nowhere else by much.
async function changed(page, file) {
  return page.evaluate(async before => {
    const pixels = async url => {
      const image = new Image();
      image.src = url;
      await image.decode();
      const canvas = new OffscreenCanvas(image.width, image.height), draw = canvas.getContext('2d');
      draw.drawImage(image, 0, 0);
      return { side: image.width, data: draw.getImageData(0, 0, image.width, image.height).data };
    };
    const a = await pixels(before), b = await pixels(document.querySelector('.history img').src);
    const value = (p, x, y, c) => p.data[4 * (y * p.side + x) + c];
    const off = (x, y) => [0, 1, 2].reduce((sum, c) => sum + Math.abs(value(a, x, y, c) - value(b, x, y, c)), 0) / 3;
    const middle = Math.round(.375 * a.side), far = Math.round(.95 * a.side);
    return a.side === b.side && off(far, far) < 40 && [-2, 0, 2].some(d => off(middle + d, middle + d) > 2);
  }, `data:image/png;base64,${readFileSync(file).toString('base64')}`);
}

const uses = {
  async look(page, kind) {
    await judge(page, `${kind} look empty`);
    await page.setInputFiles('input[type=file]', picture);
    await page.locator('.channels button').nth(15).waitFor(wait);
    await page.locator('img[alt="The picture decoded from the changed latent"][src^="blob:"]').waitFor(wait);
    tell(await page.locator('.figures').innerText().then(t => /PSNR\s+\d+/.test(t)), `${kind} look: figures`);
    const before = await page.locator('img[alt^="The picture decoded"]').getAttribute('src');
    await page.locator('.channels button').nth(3).click();
    await page.waitForFunction(src => document.querySelector('img[alt^="The picture decoded"]').src !== src, before, wait);
    tell(await page.locator('.channels button').nth(3).getAttribute('aria-pressed') === 'true', `${kind} look: a channel left out is decoded anew`);
    await page.getByRole('button', { name: 'Error map' }).click();
    await judge(page, `${kind} look done`);
    await page.setInputFiles('input[type=file]', text);
    await page.getByRole('alert').first().waitFor(wait);
    await judge(page, `${kind} look failed`);
    // A service that is full says when to come again; the page passes it on.
    await page.route('**/v1/roundtrip*', route => route.fulfill({ status: 429, headers: { 'Retry-After': '3' }, contentType: 'application/problem+json',
      body: JSON.stringify({ status: 429, detail: '64 requests are waiting already.', next: 'Come again in 3 seconds.' }) }));
    await page.setInputFiles('input[type=file]', picture);
    await page.getByText('Come again in 3 seconds.').waitFor(wait);
    await judge(page, `${kind} look full`);
    await page.unroute('**/v1/roundtrip*');
  },
  async autoencoders(page, kind) {
    await page.getByRole('checkbox').nth(1).waitFor(wait);
    await page.getByRole('button', { name: 'What is it?' }).first().click();
    await page.getByText('Parameters').waitFor(wait);
    for (const box of [0, 1]) await page.getByRole('checkbox').nth(box).check();
    await page.setInputFiles('input[type=file]', [picture, second]);
    await judge(page, `${kind} autoencoders chosen`);
    await page.getByRole('button', { name: 'Compare', exact: true }).click();
    await page.getByText('Done.').waitFor(wait);
    await judge(page, `${kind} autoencoders done`);
  },
  async doctor(page, kind) {
    await judge(page, `${kind} doctor empty`);
    await page.setInputFiles('input[type=file]', text);
    await page.getByRole('alert').first().waitFor(wait);
    await judge(page, `${kind} doctor failed`);
    await page.setInputFiles('input[type=file]', picture);
    await page.getByRole('heading', { name: 'Diagnosis' }).waitFor(wait);
    await page.getByLabel('Model').fill('flux1-dev');
    await page.getByLabel('Autoencoder').selectOption('embedded');
    await page.getByRole('button', { name: 'Check' }).click();
    await page.getByText('They belong together.').waitFor(wait);
    await page.getByLabel('Model').fill('sdxl');
    await page.getByRole('button', { name: 'Check' }).click();
    await page.getByText('They do not belong together.').waitFor(wait);
    await judge(page, `${kind} doctor done`);
  },
  async generate(page, kind) {
    await page.locator('.empty, textarea').first().waitFor(wait);
    await judge(page, `${kind} generate empty`);
    if (await page.locator('textarea').count() === 0) {
      tell(await page.getByText('latent serve --model NAME').count() === 1, `${kind} generate: without a model it says how to name one`);
      return;
    }
    await page.locator('textarea').fill('a red circle');
    await page.getByLabel('Width').fill('64');
    await page.getByLabel('Height').fill('64');
    await page.getByLabel('Steps').fill('4');
    await page.evaluate(() => {
      window.previews = 0;
      new MutationObserver(all => { window.previews += all.filter(m => m.target.src?.startsWith('data:')).length; })
        .observe(document.body, { subtree: true, attributeFilter: ['src'] });
    });
    await page.getByRole('button', { name: 'Make it' }).click();
    await page.locator('.history img').first().waitFor(wait);
    tell(await page.evaluate(() => window.previews > 0), `${kind} generate: previews were seen before the picture was there`);
    await judge(page, `${kind} generate done`);
    await page.getByText('From a picture').click();
    await page.setInputFiles('input[type=file]', text);
    await page.getByRole('alert').first().waitFor(wait);
    await page.setInputFiles('input[type=file]', small);
    const canvas = page.locator('.stage canvas');
    await canvas.waitFor(wait);
    await canvas.scrollIntoViewIfNeeded();
    const box = await canvas.boundingBox();
    await page.mouse.move(box.x + box.width * .25, box.y + box.height * .25);
    await page.mouse.down();
    await page.mouse.move(box.x + box.width * .5, box.y + box.height * .5, { steps: 5 });
    await page.mouse.up();
    await judge(page, `${kind} generate painted`);
    await page.getByRole('button', { name: 'Make it' }).click();
    await page.locator('.history li').nth(1).waitFor(wait);
    tell(await changed(page, small), `${kind} generate: what was painted over is made anew, and the rest is as it was`);
    await judge(page, `${kind} generate changed`);
  },
  async reports(page, kind) {
    await judge(page, `${kind} reports empty`);
    await page.setInputFiles('input[type=file]', picture);
    await page.getByRole('button', { name: 'Make a report' }).click();
    await page.getByRole('button', { name: 'Read report.html' }).waitFor(wait);
    await judge(page, `${kind} reports done`);
    const [report] = await Promise.all([page.context().waitForEvent('page'), page.getByRole('button', { name: 'Read report.html' }).click()]);
    await report.waitForLoadState();
    tell((await report.title()).length > 0, `${kind} reports: the page is read in a tab of its own`);
    await report.close();
  },
};

const browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu'] });
try {
  for (const [kind, options] of Object.entries({
    desktop, 'phone dark': { ...phone, colorScheme: 'dark' },
    ...(process.env.LATENTSHARP_LONG === '1' ? { 'desktop dark': { ...desktop, colorScheme: 'dark' }, phone } : {}),
  })) {
    const context = await browser.newContext(options), page = await context.newPage(), wrong = [];
    let bytes = 0, shifted = 0;
    page.on('pageerror', e => wrong.push(e.message));
    page.on('console', m => m.type() === 'error' && !m.text().includes('status of 4') && wrong.push(m.text()));
    const session = await context.newCDPSession(page);
    await session.send('Network.enable');
    session.on('Network.loadingFinished', e => { bytes += e.encodedDataLength; });
    await page.goto(address, { waitUntil: 'networkidle' });
    tell(bytes <= mostBytes, `${kind} first load: ${bytes} bytes`);
    for (const [name, drive] of Object.entries(uses)) {
      try {
        await page.goto(`${address}?${name}#${name}`);
        await page.locator('h1').waitFor(wait);
        await drive(page, kind);
        const { sum, moved } = await page.evaluate(shifts);
        shifted = Math.max(shifted, sum);
        tell(true, `${kind} ${name}, layout shift ${sum.toFixed(3)} ${moved.join('; ')}`);
      } catch (error) {
        tell(false, `${kind} ${name}: ${error.message.split('\n').slice(0, 3).join(' ')}`);
      }
    }
    tell(shifted <= mostShift, `${kind}: layout shift ${shifted.toFixed(3)}`);
    tell(wrong.length === 0, `${kind}: errors in the console: ${wrong.slice(0, 3).join(' | ') || 'none'}`);
    await context.close();
  }
} finally {
  await browser.close();
}
process.exitCode = failed ? 1 : 0;
