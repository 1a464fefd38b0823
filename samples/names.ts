/** Names of many origins, put together at random; whoever bears one is invented. */
export const origins: readonly {
  readonly language: string
  readonly female: readonly string[]
  readonly male: readonly string[]
  readonly family: readonly string[]
}[] = [
  {
    language: 'en',
    female: ['Grace', 'Hannah', 'Olivia', 'Ruth', 'Eleanor', 'Charlotte', 'Nora', 'Alice'],
    male: ['Walter', 'James', 'Oliver', 'Peter', 'Samuel', 'Thomas', 'Henry', 'George'],
    family: ['Whitfield', 'Carver', 'Langley', 'Brooks', 'Harding', 'Ellison', 'Marsh', 'Penrose'],
  },
  {
    language: 'es',
    female: ['María', 'Lucía', 'Carmen', 'Elena', 'Sofía', 'Ximena', 'Inés'],
    male: ['Diego', 'Mateo', 'Javier', 'Andrés', 'Luis', 'Emilio', 'Ramón'],
    family: ['García Ortiz', 'Ibáñez', 'Morales', 'Fuentes', 'Núñez', 'Salazar', 'Quintero'],
  },
  {
    language: 'zh',
    female: ['Li Na', 'Mei', 'Xiu Ying', 'Yan', 'Hui Min'],
    male: ['Wei', 'Jun', 'Hao', 'Ming', 'Zhi Qiang'],
    family: ['Chen', 'Lin', 'Huang', 'Zhao', 'Wu', 'Liang'],
  },
  {
    language: 'de',
    female: ['Johanna', 'Katharina', 'Greta', 'Ursula', 'Frieda', 'Anja'],
    male: ['Jürgen', 'Matthias', 'Karl', 'Lukas', 'Friedrich', 'Uwe'],
    family: ['Müller', 'Brandt', 'Schröder', 'Vogel', 'Kaufmann', 'Lindner'],
  },
  {
    language: 'yo',
    female: ['Folasade', 'Adaeze', 'Ngozi', 'Temitope', 'Chiamaka'],
    male: ['Babatunde', 'Chinedu', 'Emeka', 'Oluwaseun', 'Kunle'],
    family: ['Adeleke', 'Okonkwo', 'Balogun', 'Eze', 'Ogunleye', 'Nwosu'],
  },
  {
    language: 'hi',
    female: ['Priya', 'Ananya', 'Lakshmi', 'Meera', 'Sunita'],
    male: ['Arjun', 'Vikram', 'Rohan', 'Suresh', 'Anil'],
    family: ['Sharma', 'Iyer', 'Banerjee', 'Reddy', 'Kapoor', 'Deshmukh'],
  },
  {
    language: 'ar',
    female: ['Layla', 'Amina', 'Yasmin', 'Fatima', 'Noor'],
    male: ['Omar', 'Yusuf', 'Karim', 'Hassan', 'Tariq'],
    family: ['Haddad', 'Al-Masri', 'Khoury', 'Benali', 'Nasser', 'Rahmani'],
  },
  {
    language: 'pl',
    female: ['Zofia', 'Agnieszka', 'Małgorzata', 'Halina', 'Ewa'],
    male: ['Stanisław', 'Piotr', 'Marek', 'Tadeusz', 'Łukasz'],
    family: ['Kowalczyk', 'Wójcik', 'Zieliński', 'Nowicki', 'Jabłoński'],
  },
  {
    language: 'vi',
    female: ['Linh', 'Thảo', 'Hương', 'Ngọc'],
    male: ['Minh', 'Tuấn', 'Dũng', 'Quang'],
    family: ['Nguyễn', 'Trần', 'Phạm', 'Đặng'],
  },
  {
    language: 'fr',
    female: ['Camille', 'Élodie', 'Margaux', 'Solène'],
    male: ['Étienne', 'Baptiste', 'Rémi', 'Lucien'],
    family: ['Delacroix', 'Fournier', "D'Amboise", 'Lefèvre'],
  },
]

/** Streets and towns of a county that does not exist. */
export const streets: readonly string[] = [
  'Mill Lane',
  'Orchard Street',
  'Station Road',
  'Elm Avenue',
  'Harbor Street',
  'Chapel Hill',
  'River Walk',
  'Maple Court',
  'Old Bridge Road',
  'Linden Square',
]

/** Towns near the demo's institutions. */
export const towns: readonly { readonly city: string; readonly postalCode: string }[] = [
  { city: 'Ashford Falls', postalCode: '00101' },
  { city: 'Lakeview', postalCode: '00102' },
  { city: 'Hillcrest', postalCode: '00103' },
  { city: 'Marlow', postalCode: '00104' },
  { city: 'Pine Harbor', postalCode: '00105' },
]
