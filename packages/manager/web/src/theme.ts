import { type CSSVariablesResolver, createTheme, type MantineColorsTuple } from '@mantine/core'

const sea: MantineColorsTuple = [
  '#e9f7f6',
  '#d3ecea',
  '#a6d9d5',
  '#75c4bf',
  '#4eb0ab',
  '#2f9a97',
  '#17807f',
  '#0b676a',
  '#0b5c63',
  '#074349',
]

const danger: MantineColorsTuple = [
  '#fff0ef',
  '#ffdedb',
  '#ffbab4',
  '#ff938a',
  '#ff766b',
  '#f25c50',
  '#c0322a',
  '#b3261e',
  '#a3211a',
  '#7d1510',
]

const ink: MantineColorsTuple = [
  '#d7dee0',
  '#bcc6c9',
  '#9fabaf',
  '#6c797e',
  '#465257',
  '#354045',
  '#262f33',
  '#1b2327',
  '#141b1e',
  '#0d1214',
]

/** Look of both apps: one calm colour, plain type, generous targets. */
export const theme = createTheme({
  primaryColor: 'sea',
  primaryShade: { light: 8, dark: 6 },
  colors: { sea, danger, dark: ink },
  defaultRadius: 'md',
  cursorType: 'pointer',
  respectReducedMotion: true,
  fontFamily:
    "system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', 'Liberation Sans', Arial, sans-serif",
  headings: { fontWeight: '650', sizes: { h1: { fontSize: '1.75rem', lineHeight: '1.2' } } },
  components: {
    Button: {
      defaultProps: { size: 'md' },
      classNames: { root: 'button', label: 'button-label' },
    },
    TextInput: { defaultProps: { size: 'md' } },
    PasswordInput: { defaultProps: { size: 'md' } },
    Textarea: { defaultProps: { size: 'md' } },
    NativeSelect: { defaultProps: { size: 'md' } },
    Checkbox: { defaultProps: { size: 'md' } },
    Notification: { styles: { description: { color: 'var(--mantine-color-text)' } } },
    Radio: { defaultProps: { size: 'md' } },
  },
})

/** Greys that keep 4.5:1 on every surface, in both themes (WCAG 2.2, 1.4.3). */
export const variables: CSSVariablesResolver = () => ({
  variables: {},
  light: {
    '--mantine-color-dimmed': '#4c585d',
    '--mantine-color-placeholder': '#5c686d',
    '--mantine-color-body': '#f6f8f8',
    '--mantine-color-error': '#b3261e',
    '--surface': '#ffffff',
    '--line': '#d5dddf',
    '--soft': '#e6f2f1',
    '--soft-text': '#074349',
    '--warn': '#fdf1dc',
    '--warn-text': '#653c00',
    '--bad': '#fcebe9',
    '--bad-text': '#8c1d17',
    '--good': '#e4f4e6',
    '--good-text': '#17502a',
    '--field-line': '#7a868b',
  },
  dark: {
    '--mantine-color-dimmed': '#aeb9bd',
    '--mantine-color-placeholder': '#a2adb1',
    '--mantine-color-body': '#0f1517',
    '--mantine-color-error': '#ff9d94',
    '--surface': '#192023',
    '--line': '#334045',
    '--soft': '#12363a',
    '--soft-text': '#b9e6e2',
    '--warn': '#3d2c0d',
    '--warn-text': '#ffd892',
    '--bad': '#431a17',
    '--bad-text': '#ffc3bd',
    '--good': '#15351f',
    '--good-text': '#b5e6c2',
    '--field-line': '#7d8a8f',
  },
})
