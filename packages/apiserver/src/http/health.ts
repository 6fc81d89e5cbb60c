import { type Request, type Response, Router } from 'express'

/** Something that must hold for the server to be live or ready: throws where it does not. */
export interface HealthCheck {
  readonly name: string
  check(): void
}

export interface HealthDeps {
  readonly live: readonly HealthCheck[]
  readonly ready: readonly HealthCheck[]
}

const ping: HealthCheck = { name: 'ping', check() {} }

/** `/livez`, `/readyz` and `/healthz`, whole and by check. As upstream: server/healthz. */
export function newHealth({ live, ready }: HealthDeps): Router {
  const router = Router()
  serveChecks(router, 'livez', [ping, ...live])
  serveChecks(router, 'readyz', [ping, ...ready])
  serveChecks(router, 'healthz', [ping, ...ready])
  return router
}

function serveChecks(router: Router, path: string, checks: readonly HealthCheck[]): void {
  router.get(`/${path}`, (request: Request, response: Response) => {
    const query = new URLSearchParams(request.url.split('?')[1] ?? '')
    const excluded = new Set(query.getAll('exclude'))
    const asked = checks.filter(({ name }) => !excluded.has(name))
    const failed = asked.filter(fails)
    const report = asked.map(
      (check) => `${failed.includes(check) ? `[-]${check.name} failed: reason withheld` : `[+]${check.name} ok`}\n`,
    )
    const unknown = [...excluded].filter((name) => !checks.some((check) => check.name === name))
    if (unknown.length > 0) {
      report.push(
        `warn: some health checks cannot be excluded: no matches for ${unknown.map((name) => `"${name}"`).join(',')}\n`,
      )
    }
    if (failed.length > 0) return send(response, 500, `${report.join('')}${path} check failed\n`)
    send(response, 200, query.has('verbose') ? `${report.join('')}${path} check passed\n` : 'ok')
  })
  for (const check of checks) {
    router.get(`/${path}/${check.name}`, (_request: Request, response: Response) => {
      if (fails(check)) send(response, 500, `internal server error: ${check.name} failed\n`)
      else send(response, 200, 'ok')
    })
  }
}

function fails({ check }: HealthCheck): boolean {
  try {
    check()
    return false
  } catch {
    return true
  }
}

function send(response: Response, status: number, text: string): void {
  response.writeHead(status, {
    'Content-Type': 'text/plain; charset=utf-8',
    'X-Content-Type-Options': 'nosniff',
    'Cache-Control': 'no-cache, private',
    'Content-Length': Buffer.byteLength(text),
  })
  response.end(text)
}
