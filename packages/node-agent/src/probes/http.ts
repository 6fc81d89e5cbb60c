import { request as httpRequest } from 'node:http'
import { request as httpsRequest } from 'node:https'
import type { HTTPHeader } from '@wherry/api'
import type { DeepReadonly } from '@wherry/apimachinery'
import type { Clock } from '@wherry/component-base'
import { dialFailure } from '../runtime/dial-failure.ts'
import type { ProbeOutcome } from './probe.ts'

export interface HTTPTarget {
  scheme?: string
  host: string
  port: number
  path?: string
  httpHeaders?: readonly DeepReadonly<HTTPHeader>[]
}

/**
 * GETs the path; success is a status from 200 to 399, redirects not followed. Certificates are not checked, as upstream.
 * Also what `httpGet` hooks do.
 */
export function probeHTTP(target: HTTPTarget, clock: Clock, timeoutMs: number): Promise<ProbeOutcome> {
  const { host, port, path = '/' } = target
  const scheme = (target.scheme ?? 'HTTP').toLowerCase()
  const url = `${scheme}://${host}:${port}${path.startsWith('/') ? path : `/${path}`}`
  const headers: Record<string, string> = { 'user-agent': 'kube-probe/1.36', accept: '*/*', connection: 'close' }
  for (const { name, value } of target.httpHeaders ?? []) headers[name.toLowerCase()] = value
  const abort = new AbortController()
  const cancel = clock.setTimer(timeoutMs, () => abort.abort())
  return new Promise<ProbeOutcome>((resolve) => {
    const options = { headers, agent: false, signal: abort.signal, rejectUnauthorized: false }
    const make = scheme === 'https' ? httpsRequest : httpRequest
    const request = make(url, options, (response) => {
      const code = response.statusCode ?? 0
      const ok = code >= 200 && code < 400
      resolve({ ok, output: ok ? '' : `HTTP probe failed with statuscode: ${code}` })
      response.destroy()
    })
    request.once('error', (error) => {
      const late = 'context deadline exceeded (Client.Timeout exceeded while awaiting headers)'
      resolve({ ok: false, output: `Get "${url}": ${abort.signal.aborted ? late : dialFailure(error, host, port)}` })
    })
    request.end()
  }).finally(cancel)
}
