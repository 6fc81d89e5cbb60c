import { defineCommand } from '../../command.ts'
import { completeResources } from '../../complete.ts'
import { nothingNamed } from '../../access/targets.ts'
import { CommandError } from '../../errors.ts'
import { containersIn, podSpecOf } from '../../objects/pod-spec.ts'
import { resourcesAndPairs } from '../label.ts'
import { changeObjects, NotInObject, setFlags } from './template-verb.ts'

export const setImageCommand = defineCommand({
  use: 'set image (-f FILENAME | TYPE NAME) CONTAINER_NAME_1=CONTAINER_IMAGE_1 ... CONTAINER_NAME_N=CONTAINER_IMAGE_N',
  short: 'Update the image of a pod template',
  examples: `# One container
$ set image deployment/web web=web:2

# All containers of all deployments
$ set image deployments --all '*=web:2'`,
  complete: completeResources,
  flags: setFlags,
  async run(context, { args, flags }) {
    const { resources, changes } = resourcesAndPairs(args, 'image')
    if (resources.length === 0 && flags.filename.length === 0) throw new CommandError(nothingNamed)
    if (changes.remove.length > 0)
      throw new CommandError(`expected 'name=value', but got: ${changes.remove.map((key) => `${key}-`).join(', ')}`)
    const images = Object.entries(changes.set)
    if (images.length === 0) throw new CommandError('at least one image update is required')
    if (images.length > 1 && changes.set['*'] !== undefined) {
      throw new CommandError(
        'all containers are already specified by *, but saw more than one container_name=container_image pairs',
      )
    }
    await changeObjects(context, resources, flags, 'image updated', (object) => {
      const spec = podSpecOf(object)
      for (const [name, image] of images) {
        const containers = [...containersIn(spec, 'initContainers'), ...containersIn(spec)]
        const meant = name === '*' ? containers : containers.filter((container) => container.name === name)
        if (meant.length === 0) throw new NotInObject(`unable to find container named ${JSON.stringify(name)}`)
        for (const container of meant) container.image = image
      }
    })
  },
})
