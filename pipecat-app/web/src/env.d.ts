declare module '*.css';

/** Vite bundles the module as a script of its own and hands back its address. */
declare module '*?worker&url' {
  const url: string;
  // biome-ignore lint/style/noDefaultExport: this is how the bundler hands addresses out
  export default url;
}
