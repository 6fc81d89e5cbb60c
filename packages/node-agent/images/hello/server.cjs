// The built-in image wherry/hello: answers every request with the name of the pod.
const { createServer } = require('node:http')
const { hostname } = require('node:os')

const host = process.env.POD_IP || '127.0.0.1'
const port = Number(process.env.PORT || 8080)
const name = process.env.HOSTNAME || hostname()

const server = createServer((request, response) => {
  process.stdout.write(`${request.method} ${request.url}\n`)
  response.setHeader('content-type', 'text/plain; charset=utf-8')
  response.end(`Hello from ${name}\n`)
})
server.listen(port, host, () => process.stdout.write(`${name} listens on ${host}:${port}\n`))
process.on('SIGTERM', () => {
  server.close(() => process.exit(0))
  server.closeIdleConnections()
})
