import react from '@vitejs/plugin-react'
import { defineConfig, type Plugin } from 'vite'
import { answer } from './staffFixtures.ts'

const here = import.meta.dirname

/** For looking at screens only: made-up people in place of the network. Never part of the build. */
function fixtures(): Plugin {
  return {
    name: 'fixtures',
    enforce: 'pre',
    resolveId(source) {
      const name = /\/live\/(entrance|portal)\.ts$/.exec(source)?.[1]
      return name && `${here}/${name}.ts`
    },
    configureServer(server) {
      server.middlewares.use((request, response, next) => {
        if (!request.url?.startsWith('/api/')) return next()
        answer(request, response)
      })
    },
  }
}

export default defineConfig({
  root: `${here}/..`,
  plugins: [fixtures(), react()],
  resolve: { conditions: ['source', 'browser', 'module', 'import', 'default'] },
  server: { host: 'localhost', strictPort: true },
})
