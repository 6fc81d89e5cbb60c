import { describe, expect, it } from 'vitest'
import { aDeployment } from '../../testing/index.ts'
import { currentSetAnnotations, sizeAnnotations } from './annotations.ts'

const revision = 'deployment.kubernetes.io/revision'
const history = 'deployment.kubernetes.io/revision-history'

describe('the annotations of the current ReplicaSet', () => {
  it('are the own ones and those of the Deployment, but for what belongs to the Deployment alone', () => {
    const annotations = {
      team: 'a',
      [revision]: '7',
      'kubectl.kubernetes.io/last-applied-configuration': '{}',
      'kubernetes.io/change-cause': 'because',
    }
    expect(currentSetAnnotations(aDeployment({ annotations }), { own: 'x' }, 1)).toEqual({
      own: 'x',
      team: 'a',
      'kubernetes.io/change-cause': 'because',
      [revision]: '1',
    })
  })

  it.each<{ name: string; own: Record<string, string>; want: Record<string, string> }>([
    { name: 'a first revision has no history', own: {}, want: { [revision]: '4' } },
    {
      name: 'a revision used again remembers its old number',
      own: { [revision]: '1' },
      want: { [revision]: '4', [history]: '1' },
    },
    {
      name: 'a history grows at its end',
      own: { [revision]: '3', [history]: '1' },
      want: { [revision]: '4', [history]: '1,3' },
    },
    { name: 'a newer revision stays', own: { [revision]: '9' }, want: { [revision]: '9' } },
  ])('$name', ({ own, want }) => {
    expect(currentSetAnnotations(aDeployment(), own, 4)).toEqual(want)
  })

  it('tell for which size of the Deployment it was scaled', () => {
    expect(sizeAnnotations(aDeployment({ replicas: 10, maxSurge: '25%' }))).toEqual({
      'deployment.kubernetes.io/desired-replicas': '10',
      'deployment.kubernetes.io/max-replicas': '13',
    })
  })
})
