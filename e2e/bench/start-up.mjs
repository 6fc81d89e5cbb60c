import { newHome, timed } from './cluster.mjs'

const rounds = 5

export async function newCluster() {
  const values = []
  for (let i = 0; i < rounds; i++) {
    const cluster = newHome()
    values.push(await timed(() => cluster.wherry('up')))
    cluster.remove()
  }
  return [{ label: '', unit: 'ms', values }]
}

export async function restart() {
  const values = []
  const cluster = newHome()
  cluster.wherry('up')
  for (let i = 0; i < rounds; i++) {
    cluster.wherry('down')
    values.push(await timed(() => cluster.wherry('up')))
  }
  cluster.remove()
  return [{ label: '', unit: 'ms', values }]
}
