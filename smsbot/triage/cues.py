"""The words that scope.py listens for, in English, Spanish and Haitian Creole, in folded spelling."""

from __future__ import annotations


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


REACH = 12  # words that a negation is looked for before a phrase
OPENING = 40  # characters: "In 2015, …" at the head of a sentence colours all of it

CLAUSE_END = (
    r", | but | except | although | though | and | so | because | pero | porque | y | men | paske | epi "
)

NEGATORS = _words(
    """not no never nvr without denies denied deny denying neither nor zero none non aint isnt wasnt arent
    werent havent hasnt hadnt w/o negative no nunca sin tampoco ni jamas niego niega ningun ninguna"""
)
CREOLE_NEGATORS = frozenset({"pa", "poko", "pat", "pap", "okenn"})
CREOLE_SUBJECTS = _words("m mwen l li ou w n nou y yo mwenn lap se")
CREOLE_VERBS = _words("gen genyen janm t te ap anvi vle santi panse gon ditou gin fe konn")
AUXILIARIES = _words("dont doesnt didnt wont wouldnt")
NEGATED_VERBS = _words(
    """want feel have think plan intend get got really actually mean hear see believe even currently need
    experience notice wanna ever take hit pass faint lose black fall like has had wish drink use exactly
    currently smoke drive hurt"""
)
NEGATION_BROKEN_BY = frozenset(
    "only sure idea one just doubt matter longer clue problem wonder se solo puedo me_da"
)
LIST_JOINERS = _words("or nor and ni o oswa ak")

# A negation reaches over these to the phrase: "not having any thoughts of", "no fever or", "no tengo".
REACHED_ACROSS = _words(
    """a an any more current currently having have had has been feeling feel felt really actually at all
    that thoughts thought of the thinking about to want wanting wanna like plan plans planning going
    trying i im am anymore exactly even ever new such active passive feelings urges urge intent
    intention desire desires ideas ideation signs sign symptoms symptom sort kind or nor and being be
    get got getting my in experiencing experience noticed notice seen see other real actual major
    serious severe significant bad recent recently myself it thats is was this time wish wishing think
    mean so far yet own actively fever rash hives swelling swollen pain sores sore blisters blister
    nausea vomiting dizziness dizzy headache si hi sob cp palpitations shortness breath trouble
    breathing numbness weakness chills sweating bleeding blood fainting seizure seizures falls fall
    injury itching itch chest pains confusion voices hallucinations paranoia suicidal homicidal self
    harm alcohol drugs drinking blurry vision racing heart pressure tightness throat tongue face lips
    mouth tengo tiene he ha tenido siento me quiero estoy pienso en que nada de es son hay pensamientos
    ideas ganas ningun ninguna mas un una el la ni o y fiebre dolor sangre mareo vomito ronchas falta
    aire pensado pensando sentido se le del al por quiere piensa estado soy ido hecho dado siente gen
    genyen anvi vle santi m mwen l li okenn doule lide panse ap t te janm ditou fe nan pou sou non
    lafyev touf fwa ankenn vreman"""
)

NEGATED_AFTER = (
    r"^[\") ]{0,2}(?:question|one|item)? ?(?:[?:,(=-]{0,2}|is|was) ?(?:a |still )?(?:no"
    r"|nope|nah|none|denies|denied|negative|not at all|absolutely not|never|zero"
    r"|ninguno|ninguna|nada|non|no tengo|no hay|no he tenido|m pa genyen|m pa gen|pa genyen|pa gen)"
    r"(?: thank.{0,12})?(?:[.,!)\n]|$)"
)

_MONTHS = (
    "(?:january|february|march|april|june|july|august|september|october|november"
    "|december|jan|feb|aug|sept|oct|nov|dec)"
)
_SEASONS = "(?:spring|summer|fall|winter|autumn)"
_NUMBER = (
    r"(?:a few|few|a couple|couple|couple of|a couple of|several|many|some|two|three"
    r"|four|five|six|seven|eight|nine|ten|twelve|twenty|thirty|[2-9]|[1-9]\d)"
)

PAST = (
    r"(?:a |a few |few |several |many |\w+ )?(?:years?|months|decades?) (?:ago|back|before|earlier)",
    r"(?:a|one|1) month (?:ago|back)",
    _NUMBER + r" (?:weeks|wks) (?:ago|back)",
    r"last (?:year|month|" + _MONTHS[3:-1] + "|" + _SEASONS[3:-1] + r"|christmas|thanksgiving)",
    r"(?:in|since|around|circa|de|en|nan|en el|nan ane) (?:19|20)\d\d",
    r"(?:in|back in|around) " + _MONTHS,
    r"back (?:in|when) (?:the day|college|high school|school|" + _MONTHS[3:-1] + r"|(?:19|20)?\d\d|i was|my)",
    r"used to",
    r"when i was (?:a |an |in |young|little|younger|pregnant|\d+|nine|ten|eleven|twelve"
    r"|t?h?i?r?teen|sixteen|nineteen|twenty)",
    r"as a (?:kid|teen|teenager|child|baby)",
    r"in (?:high school|college|middle school|my (?:teens|twenties|thirties|20s|30s))",
    r"(?:history|hx) of",
    r"in the past",
    r"before (?:the )?(?:ketamine|infusions?|treatments?|treatment|i started|you guys|yall|i met|all this)",
    r"at (?:age )?(?:1\d|20)",
    r"once upon a time|long ago|way back|as a toddler|in later life",
    r"(?:8|9|[12]\d|ten|eleven|twelve|fifteen) days ago",
    r"(?:19[4-9]\d|20[01]\d|202[0-4])",
    r"hace (?:\w+ )?(?:anos|meses|muchos anos|un ano|un mes)",
    r"(?:el ano|el mes|el verano|el invierno) pasado",
    r"cuando (?:era|tenia|estaba)",
    r"antes (?:de|me|yo|pensaba|queria|tenia)",
    r"de (?:nino|nina|chiquito|chiquita|joven)",
    r"en el (?:19|20)?\d\d",
    r"hace tiempo|hace mucho",
    r"(?:gen|sa gen|depi) \w+ (?:ane|an|lane|mwa)(?: de sa)?",
    r"(?:ane|lane|mwa) pase",
    r"lontan",
    r"le m te (?:piti|jenn|lekol|gen)",
    r"nan (?:lane )?(?:19|20)\d\d",
)

PAST_TENSE = (
    r"wanted|tried|was|were|had|used to|did|attempted|felt|thought|cut|almost|survived"
    r"|swallowed|took|overdosed|planned",
    r"intente|queria|tuve|estaba|pensaba|trate|habia|pense|intento|quise|tenia",
    r"te|t|eseye|konn|wanting|attempt|attempts",
)

NOW = (
    r"now|again|still|today|tonight|lately|currently|right now|yesterday|this (?:morning"
    r"|week|am|evening|afternoon)",
    r"last night|all (?:day|night|week)|these days|nowadays|ever since|since (?:last"
    r"|the|my|yesterday|this|i|we|mon|tue|wed|thu|fri|sat|sun|noon|lunch|breakfast"
    r"|he|she|it|starting)|on and off",
    r"ahora|hoy|otra vez|todavia|sigo|de nuevo|anoche|ayer|ultimamente|esta (?:manana|semana|noche)|desde",
    r"kounye a|kounya|jodi a|jodia|anko|toujou|aswe|ye swa|maten an|semen sa",
)
STILL = (
    r"still (?:do|am|have|want|feel|there|is|are)|(?:its|they are|theyre|is|are|it is) back"
    r"|came? back|back again",
    r"(?:and|but) (?:now|lately|today) (?:i|its|the|im|it)|sigo igual|todavia|volvio|volvieron",
)

HYPOTHETICAL = (
    r"what if|what happens (?:if|when)|what (?:do|should) i do (?:if|when)|in case(?: of)?|just in case",
    r"(?:if|when|unless|until) (?:i|it|they|you|he|she|this|someone|there) (?:ever "
    r"|do |should |suddenly )?(?:get|have|had|start|starts|feel|develop|faint|notice"
    r"|see|has|gets|experience|is|are|experiences?)",
    r"(?:can|could|does|do|will|would|might|may|did) (?:it|this|that|they|these|those"
    r"|the|you|\w+|the \w+) (?:really |even |also |actually )?(?:cause|causes|give"
    r"|make|trigger|raise|lead to)(?: you| me| people| someone| a| an| me a)?",
    r"causes?|causing|cause of|risks? of|chances? of|odds of|likelihood of|at risk (?:for|of)",
    r"(?:worried|nervous|anxious|afraid|scared|worry|fear|fearful|terrified) (?:about"
    r"|of|ill|i will|that ill|it will|it might) ?(?:having|getting|a|an|the|have|get)?",
    r"side effects? (?:like|such as|include|including|are|of|is|says?|about|list)",
    r"warnings?|warns?|leaflet|label|brochure|pamphlet|handout|sticker|box says|insert|disclaimer|fine print",
    r"(?:says|said|say) (?:it |they |that |this )?(?:may|can|could|might)|mentions?"
    r"|mentioned|reads?|googled?",
    r"(?:i )?(?:read|heard|saw) (?:that|about|it|online|somewhere|on|stories)|is it true",
    r"watch (?:out )?for|look out for|(?:to|so i dont|so it doesnt|to help) (?:avoid|prevent)|avoid|prevent",
    r"(?:never|havent|hasnt|have not|has not|didnt) (?:\w+ )?(?:had|have|has|happened"
    r"|happen|had it|started)|not started|just (?:wondering|curious)|hypothetically"
    r"|in plain english|pamphlet|prospecto|flagged|what (?:is|are|would|does|%)|whats (?:a"
    r"|the)|(?:is|isnt) \w+ the",
    r"if (?:i|we|you|he|she|they|mom|dad|my \w+) (?:\w+ )?(?:miss|missed|took|take"
    r"|takes|got|gets|double|doubled|accidentally|forget|skip)",
    r"screen(?:ed|ing)? for|tested for|test for|checked for|rule out|ruled out|asks? (?:about|if)",
    r"(?:puede|pueden|podria) (?:causar|dar|provocar)|causan?|riesgo de|si me (?:da"
    r"|dan|sale|desmayo)|que pasa si|en caso de|miedo (?:a|de) que|dice que puede"
    r"|lei que",
    r"(?:eske )?(?:li|sa|yo|medikaman an) ka (?:bay|fe|lakoz)|si m (?:ta )?(?:fe|gen|santi)|ka bay|risk pou",
)

ON_PAPER = (
    r"family (?:history|section|medical)|runs in (?:my|the|our) family|consent form|waiver|for the history",
    r"antecedentes|historia familiar|historial familiar|istwa fanmi|formulario de consentimiento",
    r"(?:fam|family|pmh|past medical) (?:hx|history)|pmh|allergy list|side effect list"
    r"|on the form|for the (?:form|chart)|(?:for|in) (?:my|dads|moms) chart|sou fom"
    r"|fom nan|sou papye|pou dosye|formulario|la hoja|historial|el papel pide|planilla pregunta",
    r"(?:form|forms|questionnaire|survey|intake|clearance|physical|letter|tablet|question \d+"
    r"|sheet|portal|asurans|asirans vi a) (?:\w+ ){0,4}(?:asks?|asked|says?|mentions?"
    r"|lists?|pregunta\w*|mande|di)",
    r"(?:dad|father|mother|mom|brother|uncle|aunt|grand\w+|cousin|sister|papa|mama"
    r"|tio|abuel\w+|papa m|manman m) (?:\w+ ){0,2}(?:died (?:of|from|by)|suffered"
    r"|passed (?:of|from)|murio de|mouri (?:ak|de))",
    r"(?:had|suffered) (?:a|an|his|her|the) (?:\w+ ){0,2}at (?:age )?[4-9]\d",
    r"the form (?:asks|says|lists|mentions)|(?:pamphlet|brochure|leaflet|handout|website"
    r"|newsletter) (?:says|lists|mentions|talks)",
)

FICTION = (
    r"movie|film|tv show|show|song|lyrics?|book|podcast|episode|series|netflix|documentary"
    r"|novel|poem|video game|game|character|concert|musical|play",
    r"pelicula|peli|cancion|serie|libro|novela|documental|telenovela|corrido|partido",
    r"fim|chante|chanson|mizik|liv la|woman",
)

FIRST_PERSON = (r"i|im|ive|id|ill|me|my|mine|myself|quiero|mi|yo|conmigo|m|mwen|tet mwen",)

GONE = (
    r"(?:is|are|r|have|has|been|all|its|theyre|they are|were|was|s)? ?(?:all |completely "
    r"|totally |finally |mostly )?(?:gone|went away|lifted|stopped|resolved|disappeared"
    r"|faded|vanished|quiet now|behind me)",
    r"doesnt (?:even )?make sense|no longer|anymore at all|not anymore",
    r"se (?:me )?(?:quitaron|fueron|quito|fue|han ido|desaparecieron)|desaparecieron"
    r"|ya no (?:estan|las tengo|los tengo)",
    r"(?:yo )?(?:ale|pati|disparet|sispann|fini)",
)
NOT_GONE = (
    r"(?:not|never|wont|dont|havent|hasnt|isnt|arent|almost|wish|until|no) (?:\w+ )?(?:gone"
    r"|go away|stop|lifted|leave)|still|back|less|sometimes|im gone|be gone|when im"
    r"|after im|ill be",
)


# A fright about a bill, or laughter: said of bodies, meant of feelings.
FIGURATIVE = (
    r"(?:nearly|almost|about|like to|gave me|give me|give her|looking at|worthy|choking on"
    r"|when i (?:saw|opened)|seeing|from) (?:\w+ ){0,8}(?:bill|balance|invoice|estimate"
    r"|price|copay|statement|factura|fakti|letter|\$\d+)",
    r"(?:bill|balance|invoice|estimate|price|copay|statement|factura|fakti|letter"
    r"|\$\d+) (?:\w+ ){0,8}(?:nearly|almost|gave (?:me|her|him)|like to give|about gave"
    r"|choking on)",
    r"laugh(?:ed|ing)?|hilarious|that joke|de la risa|me rei|with joy|mouri ri|bit my tongue (?:at"
    r"|so|and didnt|instead)",
    r"casi me (?:da|dio|mata)|manke (?:ban m|bay m)",
)
