/** A failed connection in Go's words. */
export function dialFailure(error: Error, host: string, port: number): string {
  const code = 'code' in error ? error.code : undefined
  if (code === 'ECONNREFUSED') return `dial tcp ${host}:${port}: connect: connection refused`
  if (code === 'ECONNRESET') return `read tcp ${host}:${port}: read: connection reset by peer`
  if (error.message === 'socket hang up') return 'EOF'
  return `dial tcp ${host}:${port}: ${error.message}`
}
