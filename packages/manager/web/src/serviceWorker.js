// Keeps the app's own files, so that it opens without a network. It never keeps what people or
// institutions answer: only files of this build, from this address, are stored.
const cacheName = 'medrec-app-__VERSION__'
const files = __FILES__

self.addEventListener('install', (event) => {
  event.waitUntil(
    caches
      .open(cacheName)
      .then((cache) => cache.addAll(files))
      .then(() => self.skipWaiting()),
  )
})

self.addEventListener('activate', (event) => {
  event.waitUntil(
    caches
      .keys()
      .then((names) =>
        Promise.all(names.filter((name) => name !== cacheName).map((name) => caches.delete(name))),
      )
      .then(() => self.clients.claim()),
  )
})

self.addEventListener('fetch', (event) => {
  const url = new URL(event.request.url)
  if (event.request.method !== 'GET' || url.origin !== self.location.origin) return
  if (event.request.mode === 'navigate') {
    event.respondWith(fetch(event.request).catch(() => caches.match('/')))
    return
  }
  if (!files.includes(url.pathname)) return
  event.respondWith(caches.match(event.request).then((kept) => kept ?? fetch(event.request)))
})
