import { type Request, type Response, Router } from 'express'
import type { ServerMetrics } from './server-metrics.ts'

/** `/metrics`, in Prometheus' text format. */
export function newMetricsRoute(metrics: ServerMetrics): Router {
  const router = Router()
  router.get('/metrics', (_request: Request, response: Response) => {
    response.setHeader('Content-Type', 'text/plain; version=0.0.4; charset=utf-8')
    response.end(metrics.expose())
  })
  return router
}
