/** Keeps a definition until the objects of its resource are gone. */
export const cleanupFinalizer = 'customresourcecleanup.apiextensions.k8s.io'
