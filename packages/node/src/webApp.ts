import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import fastifyStatic from '@fastify/static'
import { MedrecError } from '@medrec/protocol'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { sendProblem } from './httpServer.ts'

const oneYear = 31_536_000

/** Serves the web app; addresses of its pages answer with the app itself. */
export function serveWebApp(app: FastifyInstance, root: string = builtWebApp()): void {
  if (!existsSync(join(root, 'index.html'))) throw new WebAppMissingError(root)
  app.register(fastifyStatic, {
    root,
    cacheControl: false,
    setHeaders: (reply, path) => {
      // File names of assets carry a hash of their contents; everything else may change.
      const isAsset = path.startsWith(join(root, 'assets'))
      reply.setHeader(
        'cache-control',
        isAsset ? `public, max-age=${oneYear}, immutable` : 'no-cache',
      )
    },
  })
  app.setNotFoundHandler((request, reply) =>
    isPage(request)
      ? reply.sendFile('index.html')
      : sendProblem(reply, 404, {
          code: 'NOT_FOUND',
          message: 'There is nothing at this address.',
          whatToDo: 'Check the address.',
        }),
  )
}

/** The web app's folder is found without loading the server that comes with it. */
function builtWebApp(): string {
  const server = createRequire(import.meta.url).resolve('@medrec/manager/server')
  return join(dirname(server), '..', 'dist', 'web')
}

function isPage(request: FastifyRequest): boolean {
  const accept = request.headers.accept ?? ''
  return request.method === 'GET' && !request.url.startsWith('/api/') && accept.includes('html')
}

/** The web app was not built. */
export class WebAppMissingError extends MedrecError {
  readonly code = 'WEB_APP_MISSING'
  constructor(root: string) {
    super('The web app has not been built.', {
      facts: [`Looked in: ${root}`, 'Start with "npm start", or run "npm run build" once.'],
    })
  }
}
