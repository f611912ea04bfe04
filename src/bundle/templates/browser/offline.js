/** A service worker: keeps every file of the folder, each with the digest that bundle.json says, and answers from there. */
const ID = '__ID__';
const NAME = `${registration.scope} ${ID}`;

async function keep() {
  const { files } = await (await fetch('./bundle.json', { cache: 'no-store' })).json();
  const requests = files.map(({ path, sha256 }) => {
    const digest = btoa(String.fromCharCode(...sha256.match(/../g).map((byte) => parseInt(byte, 16))));
    return new Request(`./${path}`, { integrity: `sha256-${digest}`, cache: 'reload' });
  });
  const cache = await caches.open(NAME);
  await cache.addAll([...requests, './', './bundle.json']);
}

async function forgetOthers() {
  const old = (await caches.keys()).filter(
    (name) => name.startsWith(`${registration.scope} `) && name !== NAME,
  );
  await Promise.all(old.map((name) => caches.delete(name)));
  await clients.claim();
}

async function answer(request) {
  const cache = await caches.open(NAME);
  return (await cache.match(request, { ignoreSearch: true })) ?? fetch(request);
}

addEventListener('install', (event) => event.waitUntil(keep().then(() => skipWaiting())));
addEventListener('activate', (event) => event.waitUntil(forgetOthers()));
addEventListener('fetch', (event) => {
  if (event.request.method === 'GET') event.respondWith(answer(event.request));
});
