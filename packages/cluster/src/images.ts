export { type CatalogueImage, listImages, registerImage, removeImage } from '@wherry/node-agent/images'
