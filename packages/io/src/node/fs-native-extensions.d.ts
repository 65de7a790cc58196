declare module "fs-native-extensions" {
  /** Locks a stretch of an open file; false when somebody else holds a lock that excludes it. */
  export function tryLock(fd: number, offset: number, length: number, options?: { shared?: boolean }): boolean;
}
