import { type Request, type Response, Router } from 'express'
import type { ServiceAccountTokens } from './service-account-tokens.ts'

export interface OpenIDDeps {
  readonly tokens: ServiceAccountTokens
  /** Where clients find the key set, such as `https://127.0.0.1:6443/openid/v1/jwks`. */
  readonly jwksURI: () => string
}

/**
 * Serves what others need to check service account tokens themselves: the OIDC discovery document and the key set
 * (upstream `pkg/routes/openidmetadata.go`).
 */
export function newOpenID({ tokens, jwksURI }: OpenIDDeps): Router {
  const router = Router()
  router.get('/.well-known/openid-configuration', (_request: Request, response: Response) => {
    send(response, 'application/json', tokens.discoveryDocument(jwksURI()))
  })
  router.get('/openid/v1/jwks', async (_request: Request, response: Response) => {
    send(response, 'application/jwk-set+json', await tokens.keySet())
  })
  return router
}

function send(response: Response, type: string, body: object): void {
  response.setHeader('Content-Type', type)
  response.setHeader('Cache-Control', 'public, max-age=3600')
  response.end(JSON.stringify(body))
}
