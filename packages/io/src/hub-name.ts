/**
 * Whether a text has the form in which the Hugging Face hub names a repository: `owner/name` or `name`. Anything else is a path
 * on some disk.
 *
 * @experimental
 */
export const isHubName = (text: string): boolean => /^[\w-][\w.-]*(\/[\w-][\w.-]*)?$/.test(text);
