"""The welcome sheet in German."""

from typing import Final

from reconciler.views.welcome.words import Guide, Texts

_SCAN: Final = "Den Code auf dieser Seite mit der App scannen, nicht mit der Kamera."
_SHOPS: Final = "im App Store und bei Google Play"

GERMAN: Final = Texts(
    title="Ihre Rufnummer bei {organisation}",
    hello="Hallo {name}",
    intro="Mit dieser Seite kommt Ihre Rufnummer auf Ihr Handy oder Ihren Computer. Das dauert "
    "zwei Minuten.",
    number="Ihre Rufnummer",
    any_app="Ihre SIP-App",
    app="Ihre App",
    start="So geht es los",
    get="{app} holen: {where}.",
    scan="Mit {app} scannen",
    once="Gilt einmal",
    until="Gilt beliebig oft",
    expires="bis {moment}",
    moment="{weekday}, {day}. {month} {year}, {time} Uhr ({zone})",
    weekdays=(
        "Montag",
        "Dienstag",
        "Mittwoch",
        "Donnerstag",
        "Freitag",
        "Samstag",
        "Sonntag",
    ),
    months=(
        "Januar",
        "Februar",
        "März",
        "April",
        "Mai",
        "Juni",
        "Juli",
        "August",
        "September",
        "Oktober",
        "November",
        "Dezember",
    ),
    address="Oder diese Adresse eingeben:",
    enter="Die Adresse:",
    shown="Den Code zeigt Ihnen Ihre Administration. Hier ist er nicht gedruckt, denn in ihm steht "
    "Ihr Passwort.",
    codes="Gut zu wissen",
    no_codes="Wie Sie Ihre Nachrichten abhören, sagt Ihnen Ihre Administration.",
    emergency="Notruf",
    dial="Wählen Sie {numbers}.",
    either=" oder ",
    whereabouts="Rufen Sie aus dieser App an, sehen die Rettungskräfte nicht, wo Sie sind. Sagen "
    "Sie zuerst, wo es ist, und bleiben Sie am Telefon.",
    fallback="Ohne Netz oder im Zweifel: mit dem Handy selbst wählen oder vom nächsten "
    "Tischtelefon.",
    lost="Ist der Code abgelaufen, das Gerät neu oder verloren? Sagen Sie Ihrer Administration "
    "Bescheid: eine neue Seite ist in einer Minute gemacht, und die alte gilt nicht mehr.",
    code_names={
        "voicemail": "Nachrichten abhören",
        "voicemail_other": "Ein anderes Postfach abhören",
        "voicemail_direct": "Eine Nachricht hinterlassen, ohne dass es klingelt; dann die Nummer",
        "pickup": "Einen Anruf der eigenen Gruppe annehmen",
        "pickup_extension": "Einen Anruf annehmen, der woanders klingelt; dann die Nummer",
        "intercom": "Durch den Lautsprecher eines Telefons sprechen; dann die Nummer",
        "park": "Einen Anruf parken",
        "do_not_disturb": "Nicht stören, an und aus",
        "forward_always_on": "Alle Anrufe umleiten; dann die Nummer",
        "forward_always_off": "Nicht mehr umleiten",
        "queue_login": "In der Warteschlange an- und abmelden",
        "echo_test": "Sich selbst hören: den Ton prüfen",
        "record": "Ein Gespräch aufzeichnen",
    },
    guides={
        "linphone": Guide(
            "kostenlos im App Store, bei Google Play und auf linphone.org",
            (
                "Öffnen. Im Assistenten wählen: QR-Code scannen (oder: remote configuration).",
                _SCAN,
            ),
        ),
        "acrobits": Guide(
            "im App Store oder bei Google Play, unter dem Namen, den Ihr Anbieter ihr gegeben hat",
            ("Öffnen und das Scannen eines QR-Codes wählen.", _SCAN),
        ),
        "groundwire": Guide(
            _SHOPS, ("Öffnen, ein Konto hinzufügen und das Scannen eines QR-Codes wählen.", _SCAN)
        ),
        "zoiper": Guide(
            "auf zoiper.com",
            (
                "Auf dem Computer öffnen und die Konfiguration von einer Adresse laden lassen.",
                "Die Adresse unten eingeben.",
            ),
        ),
        "sessiontalk": Guide(_SHOPS, ("Öffnen und das Scannen eines QR-Codes wählen.", _SCAN)),
        "sipnetic": Guide(
            _SHOPS,
            (
                "Öffnen, ein Konto hinzufügen und das Scannen eines QR-Codes wählen.",
                "Den Code scannen, den Ihnen Ihre Administration zeigt.",
            ),
        ),
        "grandstream-wave": Guide(
            _SHOPS,
            (
                "Öffnen. In den Einstellungen ein Konto hinzufügen und den QR-Code wählen.",
                "Den Code scannen, den Ihnen Ihre Administration zeigt.",
            ),
        ),
        "generic": Guide(
            "welche und woher, sagt Ihnen Ihre Administration",
            (
                "Den Code auf dieser Seite scannen oder die Adresse darunter öffnen.",
                "Was dort steht, unter denselben Namen in die App eingeben.",
            ),
        ),
    },
)
