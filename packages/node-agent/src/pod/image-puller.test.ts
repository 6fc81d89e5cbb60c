import { FakeClock } from '@wherry/component-base'
import { describe, expect, it } from 'vitest'
import { aContainerSpec } from '../../testing/builders.ts'
import { RuntimeError } from '../runtime/cri.ts'
import { ImagePuller } from './image-puller.ts'

function aPuller(images: string[], runsWithoutImage = true) {
  const clock = new FakeClock(0)
  const events: string[] = []
  const runtime = {
    runsWithoutImage,
    imageStatus: async (image: string) =>
      images.includes(image) ? { id: 'i', repoTags: [image], size: 0 } : undefined,
    async pullImage() {
      throw new RuntimeError('not here')
    },
  }
  const event = (_type: string, reason: string, message: string) => void events.push(`${reason}: ${message}`)
  return { clock, events, puller: new ImagePuller({ clock, runtime, event }) }
}

const withoutCommand = aContainerSpec('c', { image: 'nginx', command: [] })

describe('the image of a container', () => {
  it('is there when the node has it, or when the pod says its own command', async () => {
    const { events, puller } = aPuller(['nginx'])
    expect(await puller.ensure(withoutCommand)).toBeUndefined()
    expect(await puller.ensure(aContainerSpec('d', { image: 'none' }))).toBeUndefined()
    expect(events).toEqual([
      'Pulled: Container image "nginx" already present on machine and can be accessed by the pod',
      'Pulled: Container image "none" already present on machine and can be accessed by the pod',
    ])
  })

  it('is tried once, then again after a back-off', async () => {
    const { clock, events, puller } = aPuller([])
    expect(await puller.ensure(withoutCommand)).toMatchObject({ reason: 'ErrImagePull', message: 'not here' })
    expect(await puller.ensure(withoutCommand)).toEqual({
      reason: 'ImagePullBackOff',
      message: 'Back-off pulling image "nginx": ErrImagePull: not here',
      retryMs: 10_000,
    })
    await clock.advance(10_000)
    expect(await puller.ensure(withoutCommand)).toMatchObject({ reason: 'ErrImagePull' })
    expect(await puller.ensure(withoutCommand)).toMatchObject({ reason: 'ImagePullBackOff', retryMs: 20_000 })
    expect(events.slice(0, 5)).toEqual([
      'Pulling: Pulling image "nginx"',
      'Failed: Failed to pull image "nginx": not here',
      'Failed: Error: ErrImagePull',
      'BackOff: Back-off pulling image "nginx"',
      'Failed: Error: ImagePullBackOff',
    ])
  })

  it('is not asked for with policy Never', async () => {
    const { puller } = aPuller([])
    expect(await puller.ensure({ ...withoutCommand, imagePullPolicy: 'Never' })).toMatchObject({
      reason: 'ErrImageNeverPull',
      message: 'Container image "nginx" is not present with pull policy of Never',
    })
  })
})
