import { Agent, request } from 'node:https'
import { credentials, newHome } from './cluster.mjs'

const rounds = 20
const pods = '/api/v1/namespaces/default/pods'

/** From sending the create to the watch event in which the pod's phase is Running, one pod at a time. */
export async function podStart() {
  const cluster = newHome()
  cluster.wherry('up')
  const agent = new Agent({ keepAlive: true })
  const options = { ...credentials(cluster.home), agent }
  const values = []
  for (let i = 0; i < rounds; i++) values.push(await startOne(options, `pod-${i}`))
  agent.destroy()
  cluster.remove()
  return [{ label: '', unit: 'ms', values }]
}

async function startOne(options, name) {
  const watch = request({ ...options, path: `${pods}?watch=true&fieldSelector=metadata.name%3D${name}` })
  watch.end()
  const response = await new Promise((resolve, reject) => watch.once('response', resolve).once('error', reject))
  const running = new Promise((resolve) => {
    let rest = ''
    response.setEncoding('utf8').on('data', (chunk) => {
      const lines = (rest + chunk).split('\n')
      rest = lines.pop() ?? ''
      if (lines.some((line) => JSON.parse(line).object.status?.phase === 'Running')) resolve(performance.now())
    })
  })
  const start = performance.now()
  const containers = [{ name: 'web', image: 'wherry/hello' }]
  const body = JSON.stringify({ apiVersion: 'v1', kind: 'Pod', metadata: { name }, spec: { containers } })
  await new Promise((resolve, reject) => {
    const create = request({ ...options, method: 'POST', path: pods, headers: { 'content-type': 'application/json' } })
    create.once('response', (answer) => {
      answer.resume()
      if (answer.statusCode === 201) resolve()
      else reject(new Error(`create answered ${answer.statusCode}`))
    })
    create.once('error', reject)
    create.end(body)
  })
  const end = await running
  watch.destroy()
  return end - start
}
