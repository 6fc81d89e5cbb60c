import { stat } from 'node:fs/promises'
import { resolve } from 'node:path'
import { imageDir, listImages, registerImage, removeImage } from '@wherry/cluster'
import { UserError } from '@wherry/component-base'
import type { CommandModule } from 'yargs'
import { type ClusterArguments, type CommandIO, printLine } from './io.ts'
import { clusterOptions } from './options.ts'

interface AddArguments extends ClusterArguments {
  image: string
  directory: string
  '--'?: string[]
  command?: string[]
  env: string[]
}

/** `wherry image`: the catalogue of directories that pods can run as images. */
export function imageCommand(io: CommandIO): CommandModule {
  return {
    command: 'image <command>',
    describe: 'Register local directories as images that pods can run',
    builder: (yargs) =>
      yargs
        .command(addCommand(io))
        .command(listCommand(io))
        .command(removeCommand(io))
        .demandCommand(1, 'name a command: add, list or remove')
        .example('$0 image add shop/web ./web -- node server.js', 'pods with image shop/web run node server.js there'),
    handler: () => undefined,
  }
}

function addCommand(io: CommandIO): CommandModule<object, AddArguments> {
  return {
    command: 'add <image> <directory>',
    describe: 'Register a directory and the command that starts it',
    builder: (yargs) =>
      clusterOptions(yargs, io)
        .positional('image', { type: 'string', demandOption: true, describe: 'The name that pods use' })
        .positional('directory', { type: 'string', demandOption: true, describe: 'Where the command runs' })
        .option('env', { type: 'string', array: true, default: [], describe: 'KEY=VALUE for the command' })
        .parserConfiguration({ 'populate--': true })
        .example('$0 image add shop/web ./web -- node server.js', 'the command follows --'),
    async handler(args) {
      const entrypoint = args['--'] ?? []
      if (entrypoint.length === 0) {
        throw new UserError('the command is missing: wherry image add NAME DIRECTORY -- COMMAND…')
      }
      const directory = resolve(args.directory)
      const found = await stat(directory).catch(() => undefined)
      if (!found?.isDirectory()) throw new UserError(`${directory} is not a directory`)
      const env = Object.fromEntries(args.env.map(keyAndValue))
      await registerImage(imageDir(args.home), { name: args.image, directory, entrypoint, cmd: [], env })
      printLine(io, `image ${args.image} registered: ${entrypoint.join(' ')} in ${directory}`)
    },
  }
}

function listCommand(io: CommandIO): CommandModule<object, ClusterArguments> {
  return {
    command: 'list',
    describe: 'List the registered images',
    builder: (yargs) => clusterOptions(yargs, io),
    async handler({ home }) {
      const images = await listImages(imageDir(home))
      if (images.length === 0) {
        printLine(io, 'No images: register one with "wherry image add NAME DIRECTORY -- COMMAND…".')
        return
      }
      const width = Math.max('IMAGE'.length, ...images.map(({ name }) => name.length)) + 3
      printLine(io, `${'IMAGE'.padEnd(width)}COMMAND`)
      for (const { name, entrypoint, cmd } of images) {
        printLine(io, `${name.padEnd(width)}${[...entrypoint, ...cmd].join(' ')}`)
      }
    },
  }
}

function removeCommand(io: CommandIO): CommandModule<object, ClusterArguments & { image: string }> {
  return {
    command: 'remove <image>',
    describe: 'Take an image out of the catalogue; its directory stays',
    builder: (yargs) =>
      clusterOptions(yargs, io).positional('image', { type: 'string', demandOption: true, describe: 'Its name' }),
    async handler({ home, image }) {
      if (!(await removeImage(imageDir(home), image))) throw new UserError(`there is no image "${image}"`)
      printLine(io, `image ${image} removed`)
    },
  }
}

function keyAndValue(text: string): [string, string] {
  const split = text.indexOf('=')
  if (split < 1) throw new UserError(`--env: "${text}" is not KEY=VALUE`)
  return [text.slice(0, split), text.slice(split + 1)]
}
