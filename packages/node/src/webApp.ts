import { existsSync } from 'node:fs'
import { join } from 'node:path'
import fastifyStatic from '@fastify/static'
import { webRoot } from '@medrec/manager/server'
import { MedrecError } from '@medrec/protocol'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { sendProblem } from './httpServer.ts'

const oneYear = 31_536_000

/** Serves the web app; addresses of its pages answer with the app itself. */
export function serveWebApp(app: FastifyInstance, root: string = webRoot): void {
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
