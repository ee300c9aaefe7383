/** Words of each field, in small letters; a word of a question that begins with one of five letters or more is one of the field. */
const FIELDS: Record<string, string> = {
  coding: `api app android algorithm angular ansible apache array ascii assembler assert async await backend backup bash
    binary bit bool boolean branch breakpoint browser bug build buffer bytecode cache callback class cli clone closure
    cmake code coding column commit compile compiler config console constructor container cpu cron css csv daemon
    database debug debugger decode decorator dependency deploy diff django docker endpoint encode enum environment error
    exception express firmware float folder framework frontend function garbage generic git github gradle graph grep
    haskell hash heap hex html http import index inheritance inline instance integer interface interpreter ios iterator
    java javascript jquery json kernel kotlin kubernetes lambda library lint linter linux loop lua machine macro main
    makefile maven memory merge method microservice middleware mock module mutex mysql namespace node npm null nullable
    object oop operator orm overflow override package parse parser patch perl php pip pointer polymorphism port postgres
    program programming programmer promise prototype pseudocode python query queue react rebase recursion recursive
    refactor regex regexp repo repository request rest ruby runtime rust scala schema script scrum sdk server shell
    singleton socket software source sql stack statement stderr stdout string struct swift syntax tcp template terminal
    test thread token trace traceback tuple type typescript udp undefined unit unix url utf uuid variable vector
    version vim vue webhook websocket widget windows xml yaml`,
  creative: `absurd acrostic ballad bedtime blurb brainstorm campfire caption character comic compose couplet creative
    creature dialogue diary dragon drama dramatic draft epic epitaph essay eulogy fable fairy fairytale fantasy fiction
    fictional folk funny ghost gothic haiku hero heroine hymn imagine imaginary improvise invent invitation joke kingdom
    knight legend letter limerick lullaby lyric lyrical lyrics magic make-believe melody metaphor monologue monster mystery
    myth narrate narrator nickname noir novel nursery ode opera paragraph parody pirate play plot poem poet poetic poetry
    princess prologue prompt prophecy prose pun rap rewrite rhyme rhyming riddle romance romantic saga satire scary scene
    script sketch simile sitcom slogan song sonnet speech spell story storyteller stanza superhero suspense tagline tale
    thriller title toast tongue unicorn vampire verse villain vivid whimsical witch wizard`,
  math: `add addition algebra angle arithmetic area average binomial calculate calculation calculus circumference
    coefficient combination compute convert cosine cube cubed decimal degree denominator derivative determinant diameter
    differentiate digit discount divide divided divisible division divisor edge eigenvalue equation equals estimate
    evaluate even expand exponent expression factor factorial formula fraction function geometric geometry gcd graph half
    hypotenuse inequality infinity integer integral integrate interest inverse km least-common limit linear logarithm
    log matrix mean median minus modulo multiple multiply multiplied negative number numerator odd parabola percent
    percentage perimeter permutation pi plus polynomial power prime probability product proof prove pythagoras quadratic
    quarter quotient radian radius ratio rectangle remainder root round sequence sine simplify slope solve sphere square
    squared statistics subtract subtraction sum tangent theorem third times tip triangle trigonometry variance vector
    volume`,
  home: `air alarm appliance armchair attic awning balcony basement bath bathroom bed bedroom bell blind blinds boiler
    brightness bulb camera ceiling cellar charger chimney coffee cooker corridor couch curtain dehumidifier desk device
    dim dimmer dishwasher door doorbell downstairs driveway dryer dusk espresso fan faucet fireplace freezer fridge
    garage garden gate hall hallway heat heater heating hob hood house humidifier humidity iron kettle kitchen lamp laundry
    lawn light lights lock locked lounge microwave mower mute night nursery office outlet oven patio plug pool porch power
    projector pump purifier radiator radio refrigerator robot roof room routine scene sensor shed shower shut shutter
    skylight smart smoke socket sofa solar speaker sprinkler stairs stairwell stove study switch television temperature
    terrace thermometer thermostat toaster towel turn tv unlock upstairs vacuum ventilation veranda warm washing window
    wifi yard`,
  knowledge: `africa america ancient animal asia astronomy atom author bacteria battle biology bird bone born brain
    capital causes cell century chemical chemistry civilization climate comet composer composed continent country crusade
    culture currency definition desert dinosaur discover discovered discovery dna dynasty earth earthquake economy
    element emperor empire energy epidemic era europe evolution explorer fish founder founded galaxy geography gene
    government gravity habitat heart history historical human hurricane inventor invented island king language lake light
    located mammal mean meaning mineral molecule monarchy moon mountain museum nation nobel ocean oldest orbit organ
    origin oxygen painted painter parliament particle philosopher physics planet plant poison politics pope population
    president queen radiation reign religion republic reptile revolution river roman satellite scientist sea solar
    species star statue sun symbol telescope temple treaty universe vaccine virus vitamin volcano war weather whale
    world wrote`,
  main: `advice afraid alone angry anniversary anybody apologise apologize ashamed bored boring boss boyfriend breakfast
    brother bye chat cheer cold colleague compliment cook dad date daughter dear delicious depressed dinner dress excited
    exhausted family favourite favorite feel feeling feelings fight forgot friend friendly fun gift girlfriend glad good
    goodbye goodnight grateful guest guests happy hate hello help hey hi hobby holiday hungry husband hurt idea joke kids
    landlord late laugh lonely love luck lunch mad meal mom mood morning mother mum nervous nice okay outfit pain parents
    party patient pet picnic please polite present proud recommend relax remember repeat sad school secret should shy sick
    sister sleep sleepy smile sorry stress stressed suggest suggestion suit surprise talk tell thank thanks thirsty tired
    trip trust upset vacation wear weekend wedding welcome wife wonderful work worried worry yes your yourself`,
};
const LONG_ENOUGH = 5;

const byWord = new Map<string, string[]>();
for (const [field, words] of Object.entries(FIELDS)) {
  for (const word of words.split(/\s+/)) byWord.set(word, [...(byWord.get(word) ?? []), field]);
}

/** Fields that a word in small letters belongs to, also with an ending. */
export function fieldsOf(word: string): readonly string[] {
  const whole = byWord.get(word);
  if (whole) return whole;
  for (let length = word.length - 1; length >= Math.max(LONG_ENOUGH, word.length - 3); length--) {
    const stem = byWord.get(word.slice(0, length));
    if (stem) return stem;
  }
  return [];
}
