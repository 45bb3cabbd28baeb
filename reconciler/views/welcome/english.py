"""The welcome sheet in English."""

from typing import Final

from reconciler.views.welcome.words import Guide, Texts

_SCAN: Final = "Scan the code on this page with the app, not with the camera."

ENGLISH: Final = Texts(
    title="Your phone number at {organisation}",
    hello="Hello {name}",
    intro="This page puts your phone number on your mobile or computer. It takes two minutes.",
    number="Your number",
    any_app="Your SIP app",
    app="Your app",
    start="How to start",
    get="Get {app}: {where}.",
    scan="Scan with {app}",
    once="Works once",
    until="Works any number of times",
    expires="until {moment}",
    moment="{weekday} {day} {month} {year}, {time} ({zone})",
    weekdays=("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
    months=(
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ),
    address="Or enter this address:",
    enter="The address:",
    shown="Your administrator shows you the code. It is not printed here, because it holds your "
    "password.",
    codes="Good to know",
    no_codes="Your administrator tells you how to listen to messages.",
    emergency="Emergency calls",
    dial="Dial {numbers}.",
    either=" or ",
    whereabouts="Rescuers do not see where you are when you call from this app. Say your address "
    "first, and stay on the line.",
    fallback="Without a network, or when in doubt, use a mobile's own dialler or the next desk "
    "phone.",
    lost="Has the code expired, or is your device lost or new? Tell your administrator: a new "
    "page takes a minute, and the old one stops working.",
    code_names={
        "voicemail": "Listen to your messages",
        "voicemail_other": "Listen to another box",
        "voicemail_direct": "Leave a message without ringing, then the number",
        "pickup": "Take a call that rings in your group",
        "pickup_extension": "Take a call that rings at a number, then the number",
        "intercom": "Speak through a phone's loudspeaker, then the number",
        "park": "Park a call",
        "do_not_disturb": "Do not disturb, on and off",
        "forward_always_on": "Forward all calls, then the number",
        "forward_always_off": "Stop forwarding",
        "queue_login": "Log in and out of your queue",
        "echo_test": "Hear yourself: test the sound",
        "record": "Record a call that is up",
    },
    guides={
        "linphone": Guide(
            "free in the App Store, on Google Play and at linphone.org",
            (
                (
                    "Open it. In the assistant choose to scan a QR code, or to fetch a remote "
                    "configuration."
                ),
                _SCAN,
            ),
        ),
        "acrobits": Guide(
            "in the App Store or on Google Play, under the name that your provider gave it",
            ("Open it and choose to scan a QR code.", _SCAN),
        ),
        "groundwire": Guide(
            "in the App Store and on Google Play",
            ("Open it, add an account and choose to scan a QR code.", _SCAN),
        ),
        "zoiper": Guide(
            "at zoiper.com",
            (
                "Open it on the computer and choose to load the configuration from an address.",
                "Enter the address below.",
            ),
        ),
        "sessiontalk": Guide(
            "in the App Store and on Google Play",
            ("Open it and choose to scan a QR code.", _SCAN),
        ),
        "sipnetic": Guide(
            "in the App Store and on Google Play",
            (
                "Open it, add an account and choose to scan a QR code.",
                "Scan the code that your administrator shows you.",
            ),
        ),
        "grandstream-wave": Guide(
            "in the App Store and on Google Play",
            (
                "Open it. In the settings add an account and choose the QR code.",
                "Scan the code that your administrator shows you.",
            ),
        ),
        "generic": Guide(
            "your administrator tells you which and where",
            (
                "Scan the code on this page, or open the address below it.",
                "Enter what you find there under the same names in the app.",
            ),
        ),
    },
)
