/**
 * What passwords that are guessed first are made of, in plain lower-case letters. Our own list: words
 * that head the published frequency counts, names, teams, months, and the beginnings of sentences.
 */
export const commonPieces: readonly string[] = `
password passwort passwd pass word secret geheim login logon letmein welcome willkommen bienvenue
admin administrator root user username guest test tester testing demo default changeme change master
hello hallo hola bonjour ciao love iloveyou loveyou liebe amor amour iloveu lovely forever always
princess princesa prinzessin sunshine sunflower flower rainbow butterfly angel angels heaven
dragon monkey tiger lion panther eagle falcon phoenix wolf bear horse kitty kitten puppy doggy
football baseball basketball soccer hockey tennis golf futbol fussball arsenal chelsea liverpool
barcelona madrid juventus bayern manchester united yankees cowboys lakers steelers
superman batman spiderman ironman pokemon pikachu naruto starwars skywalker matrix
hunter ranger shadow killer ninja pirate wizard knight soldier warrior master buster
computer internet samsung apple google facebook instagram twitter youtube whatsapp telegram signal
microsoft windows linux android iphone parley chat message server network system
summer winter spring autumn fall sommer herbst
january february march april may june july august september october november december
januar februar maerz juni juli oktober dezember
monday tuesday wednesday thursday friday saturday sunday today tomorrow
michael jennifer jessica jordan ashley daniel thomas michelle andrew joshua matthew robert charlie
anthony william nicole amanda melissa david james john mary maria anna peter paul george alexander
christian stefan andrea martin patrick sandra sarah sophie julia lucas lukas felix max emma
orange purple yellow green blue red black white silver golden gold diamond crystal
cookie cheese chocolate banana peanut pepper ginger coffee pizza whiskey vodka
money dollar lucky freedom peace happy smile friends friend family mother father brother sister
baby babygirl babyboy sweet sweetie honey sugar darling beautiful
jesus christ god bless faith hope trust
access abc abcd qwerty qwertz azerty asdf zxcv qaz wsx asd zxc
company office work home house school student teacher college
london paris berlin newyork boston chicago dallas texas california america germany france
england canada mexico brasil india china japan russia europe world
one two three four five six seven eight nine ten zero hundred thousand
my your the this that is are was and for with not you i a me mine it of in on to
correct horse battery staple correcthorsebatterystaple
tobeornottobe thequickbrownfox thequickbrownfoxjumpsoverthelazydog maytheforcebewithyou
ihavenopassword mypasswordis donotenter nopassword thisismypassword thisisapassword
trustno letmeinnow whatever nothing something everything anything please thankyou
mustang ferrari porsche mercedes corvette harley yamaha honda toyota
music guitar rocknroll metallica nirvana slipknot eminem beatles
lorem ipsum dolor sit amet
`
  .trim()
  .split(/\s+/)
