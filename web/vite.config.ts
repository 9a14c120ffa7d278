import { readFileSync } from 'node:fs';
import { geoMercator, geoPath } from 'd3-geo';
import { feature } from 'topojson-client';
import type { GeometryCollection, Topology } from 'topojson-specification';
import { defineConfig, type Plugin } from 'vite';

const width = 640;
const height = 500;
const notice = `/*! weir's live page. It holds Preact (MIT), uPlot (MIT) and outlines from us-atlas (ISC): see web/THIRD_PARTY.md */`;

// The same path with relative lines, which are half the bytes: "M10,20L12,21L12,23Z" becomes "M10,20l2,1 0,2z".
function relative(path: string): string {
  return path.replace(/M([^MZ]*)Z/g, (_, ring: string) => {
    const points = ring.split('L').map((point) => point.split(',').map(Number) as [number, number]);
    const steps = points
      .slice(1)
      .map(([x, y], i) => [x - points[i]![0], y - points[i]![1]])
      .filter(([x, y]) => x !== 0 || y !== 0);
    return `M${points[0]!.join()}l${steps
      .map((step) => step.join())
      .join(' ')
      .replace(/[ ,]-/g, '-')}z`;
  });
}

// The counties' outlines as SVG paths, projected when the page is built, so that the browser needs no map library.
function counties(): Plugin {
  const name = 'virtual:counties';
  return {
    name: 'counties',
    resolveId: (id) => (id === name ? '\0' + name : undefined),
    load(id) {
      if (id !== '\0' + name) return undefined;
      const file = new URL('./data/ny_counties.topojson', import.meta.url);
      const topology = JSON.parse(readFileSync(file, 'utf8')) as Topology<{
        counties: GeometryCollection<{ name: string }>;
      }>;
      const shapes = feature(topology, topology.objects.counties);
      const path = geoPath(
        geoMercator().fitExtent(
          [
            [4, 4],
            [width - 4, height - 4],
          ],
          shapes,
        ),
      ).digits(0);
      const outlines = shapes.features.map((f) => [f.properties.name, relative(path(f) ?? '')]);
      return `export const width = ${width}, height = ${height}, outlines = ${JSON.stringify(outlines)};`;
    },
  };
}

export default defineConfig({
  base: './',
  plugins: [counties()],
  build: {
    outDir: 'dist',
    emptyOutDir: true,
    target: 'es2022',
    modulePreload: false,
    cssCodeSplit: false,
    assetsInlineLimit: 0,
    rollupOptions: {
      output: {
        banner: notice,
        entryFileNames: 'assets/app.js',
        chunkFileNames: 'assets/[name].js',
        assetFileNames: 'assets/app[extname]',
      },
    },
  },
  server: { proxy: { '/v1': process.env['WEIR_URL'] ?? 'http://127.0.0.1:8080' } },
});
