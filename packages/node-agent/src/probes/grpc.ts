import type { Clock } from '@wherry/component-base'
import type { ProbeOutcome } from './probe.ts'

export interface GRPCTarget {
  host: string
  port: number
  service: string
}

const serving = 1
const statusNames = ['UNKNOWN', 'SERVING', 'NOT_SERVING', 'SERVICE_UNKNOWN']

/** Asks grpc.health.v1.Health/Check. The one message and the one field of the protocol are coded by hand. */
export async function probeGRPC(target: GRPCTarget, clock: Clock, timeoutMs: number): Promise<ProbeOutcome> {
  const { connect } = await import('node:http2')
  const { host, port, service } = target
  return new Promise<ProbeOutcome>((resolve) => {
    const session = connect(`http://${host}:${port}`)
    const finish = (outcome: ProbeOutcome) => {
      cancel()
      session.destroy()
      resolve(outcome)
    }
    const fail = (output: string) => finish({ ok: false, output })
    const late = `timeout: failed to connect service "${host}:${port}" within ${timeoutMs / 1000}s: context deadline exceeded`
    const cancel = clock.setTimer(timeoutMs, () => fail(late))
    session.once('error', () => fail(late))
    const stream = session.request({
      ':method': 'POST',
      ':path': '/grpc.health.v1.Health/Check',
      'content-type': 'application/grpc',
      te: 'trailers',
      'user-agent': 'kube-probe/1.36',
    })
    const chunks: Buffer[] = []
    let grpcStatus = ''
    let grpcMessage = ''
    const read = (headers: Record<string, unknown>) => {
      if (headers['grpc-status'] !== undefined) grpcStatus = String(headers['grpc-status'])
      if (headers['grpc-message'] !== undefined) grpcMessage = String(headers['grpc-message'])
    }
    stream.on('response', read)
    stream.on('trailers', read)
    stream.on('data', (chunk: Buffer) => chunks.push(chunk))
    // A connection that cannot be made breaks the stream first.
    stream.once('error', (error) => fail(session.connecting || session.destroyed ? late : error.message))
    stream.once('end', () => {
      if (grpcStatus === '12')
        return fail(
          `error: this server does not implement the grpc health protocol (grpc.health.v1.Health): ${grpcMessage}`,
        )
      if (grpcStatus !== '0')
        return fail(`error: health rpc probe failed: rpc error: code = ${grpcStatus} desc = ${grpcMessage}`)
      const status = healthStatus(Buffer.concat(chunks))
      if (status === serving) return finish({ ok: true, output: '' })
      return fail(`service unhealthy (responded with "${statusNames[status] ?? status}")`)
    })
    stream.end(healthRequest(service))
  })
}

/** A gRPC frame with HealthCheckRequest{service = 1}. */
function healthRequest(service: string): Buffer {
  const name = Buffer.from(service)
  const message = name.length === 0 ? Buffer.alloc(0) : Buffer.concat([Buffer.from([0x0a, name.length]), name])
  const frame = Buffer.alloc(5)
  frame.writeUInt32BE(message.length, 1)
  return Buffer.concat([frame, message])
}

/** HealthCheckResponse{status = 1}, 0 when the field is absent. */
function healthStatus(frame: Buffer): number {
  return frame[5] === 0x08 ? (frame[6] ?? 0) : 0
}
