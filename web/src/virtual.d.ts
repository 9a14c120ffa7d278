declare module 'virtual:counties' {
  export const width: number;
  export const height: number;
  export const outlines: [name: string, path: string][];
}
declare module '*.css';
