import { readFileSync } from 'node:fs'
import react from '@vitejs/plugin-react'
import { defineConfig, type Plugin } from 'vite'

const here = import.meta.dirname

/** Writes the service worker with the list of the build's own files, so that the app opens offline. */
function serviceWorker(): Plugin {
  return {
    name: 'service-worker',
    apply: 'build',
    generateBundle(_, bundle) {
      const files = Object.keys(bundle).filter((name) => !name.endsWith('.map'))
      const source = readFileSync(`${here}/src/serviceWorker.js`, 'utf8')
      const fixed = ['/', '/manifest.webmanifest', '/icon.svg', '/icon-192.png', '/icon-512.png']
      const list = [
        ...fixed,
        ...files.filter((name) => name !== 'index.html').map((name) => `/${name}`),
      ]
      const version = list
        .join()
        .split('')
        .reduce((sum, c) => (sum * 31 + c.charCodeAt(0)) >>> 0, 7)
      this.emitFile({
        type: 'asset',
        fileName: 'sw.js',
        source: source
          .replace('__FILES__', JSON.stringify(list))
          .replace('__VERSION__', version.toString(36)),
      })
    },
  }
}

export default defineConfig({
  root: here,
  plugins: [react(), serviceWorker()],
  resolve: { conditions: ['source', 'browser', 'module', 'import', 'default'] },
  build: {
    outDir: `${here}/../dist/web`,
    emptyOutDir: true,
    target: 'es2023',
    chunkSizeWarningLimit: 700,
  },
})
