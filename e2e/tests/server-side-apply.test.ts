import { expect, it } from 'vitest'
import { describeWithKubectl } from '../harness/kubectl-suite.ts'

const deployment = (replicas: number, env = '') => `
apiVersion: apps/v1
kind: Deployment
metadata:
  name: owned
  labels: {app: owned}
spec:
  replicas: ${replicas}
  selector:
    matchLabels: {app: owned}
  template:
    metadata:
      labels: {app: owned}
    spec:
      containers:
      - name: web
        image: wherry/hello
        env:
        - {name: KEPT, value: "1"}${env}
`
const extra = '\n        - {name: GONE, value: "1"}'

describeWithKubectl('server-side apply', (k) => {
  it('creates a deployment and owns what it says', async () => {
    const input = deployment(0, extra)
    expect(await k().ok('apply --server-side -f -', { input })).toBe('deployment.apps/owned serverside-applied\n')
    const path = '{.metadata.managedFields[0].manager} {.metadata.managedFields[0].operation}'
    expect(await k().field('deployment/owned', path)).toBe('kubectl Apply')
  })

  it('shows with diff what it would change, and changes nothing', async () => {
    expect(await k().run('diff --server-side -f -', { input: deployment(0, extra) })).toMatchObject({
      code: 0,
      stdout: '',
    })
    const { code, stdout } = await k().run('diff --server-side -f -', { input: deployment(1) })
    expect(code).toBe(1)
    expect(stdout).toMatch(/-\s+replicas: 0\n\+\s+replicas: 1/)
    expect(stdout).toMatch(/-\s+- name: GONE/)
    expect(await k().field('deployment/owned', '{.spec.replicas}')).toBe('0')
  })

  it('takes an item out of a list that it has put there', async () => {
    await k().ok('set env deployment/owned OTHER=1')
    await k().ok('apply --server-side -f -', { input: deployment(0) })
    const names = await k().field('deployment/owned', '{.spec.template.spec.containers[0].env[*].name}')
    expect(names.split(' ').sort()).toEqual(['KEPT', 'OTHER'])
  })

  it('does not take back replicas that were scaled, unless it is forced', async () => {
    await k().ok('scale deployment/owned --replicas=1')
    const refused = await k().fails('apply --server-side -f -', { input: deployment(0) })
    expect(refused).toMatch(
      /Apply failed with 1 conflict: conflict with "[^"]+" with subresource "scale" using apps\/v1: \.spec\.replicas/,
    )
    await k().ok('apply --server-side --force-conflicts -f -', { input: deployment(0) })
    expect(await k().field('deployment/owned', '{.spec.replicas}')).toBe('0')
  })

  it('refuses a field that the kind does not have', async () => {
    const input = deployment(0).replace('replicas: 0', 'replica: 0')
    const refused = await k().fails('apply --server-side --validate=false -f -', { input })
    expect(refused).toContain('.spec.replica: field not declared in schema')
  })
})
