"""What customers and agents say to each other: invented, in several languages.

A script is a conversation in order: what begins with `c` is the customer's, with `a` the agent's; ` | ` or a new line
is between two messages. Placeholders in braces are filled in for every conversation.
"""

# ruff: noqa: RUF001 - people write in their own alphabets
from __future__ import annotations

_TEXTS = {
    "en": r"""
c Hello, where is my order {order}? It was due on Monday. | a Hi! Let me look that up for you.
a Your order **{order}** left the warehouse yesterday. Follow it: https://track.example.test/{order}
c It says "label created" and nothing else...
a The carrier scans parcels in the evening. If nothing moves by tomorrow, we send another. | c OK, thank you :)
a Anything else I can do for you? | c No, that's all. Have a nice day!

c My invoice {invoice} is wrong | c it has the old address on it:\n\nMill Street 4\nRiverton
a Sorry about that. Which address should it show? | c Harbour Road 11, Riverton. And the VAT number is missing, too
a Done. The corrected invoice:\nhttps://files.example.test/{file}/invoice-{invoice}.pdf | c perfect 👍
c One more thing: can I get all invoices of {year} in one file?
a Yes: *Settings > Billing > Export*, choose the year and press "Download".

c The app crashes when I upload a picture | a Thanks for telling us! Which version do you have, and on what phone?
c {version}, Android. Log:\n```\nNullPointerException\n  at test.example.Picker(Picker.kt:118)\n```
a That helps a lot. We can reproduce it; a fix comes with the next release. | c When will that be?
a In about a week. Until then, pictures below 5 MB should work. | c https://files.example.test/{file}/
c this one fails as well and it's only 2 MB | a Got it, I added it to the report (#{ticket}). | c thx

c Hi! Do you ship to Norway? | a Hello! We do: {amount} € for up to 5 kg, about 6 working days. | c Great. And customs?
a Customs are included, nothing to pay at the door 🙂 | c "nothing to pay" - promise? ;) | a Promise!

c I want a refund for {order}, the cup arrived broken | c https://files.example.test/{file}/-/preview/
a Oh no! I am sorry. Would you like another cup or the money back? | c money back please
a {amount} € are on their way; it takes 3-5 days until your bank shows them. | c Thanks for the quick help!

c How do I change the plan of our team?
a Hi! Open **Billing**, choose *Change plan*:\n\n1. pick a plan\n2. number of seats\n3. save
c I don't see "Billing" in the menu | a Only the owner sees it. Shall I ask the owner of your team to give you access?
c yes please, that's pavlo@shop.test | a Done ✅

c Thank you for the wonderful support last week!!! ❤️❤️❤️ | a That's so kind, thank you! I'll tell the team 🎉
""",
    "uk": r"""
c Добрий день! Коли прийде замовлення {order}? | a Вітаю! Зараз перевірю.
a Посилка вже у дорозі, очікуйте завтра після 14:00. | c Дякую! А можна змінити відділення?
a Так, напишіть, будь ласка, номер нового відділення. | c №{ticket}, м. Львів | a Змінили ✅ Гарного дня!

c у рахунку {invoice} помилка в назві компанії | a Перепрошую за незручності. Як має бути?
c ТОВ «Приклад-Тест», а не «Пример» | a Виправлений рахунок: https://files.example.test/{file}/
c все добре, дякую 💙💛

c Не можу увійти в кабінет, пише "невірний пароль" | a Спробуйте, будь ласка, відновити пароль: https://shop.test/reset
c Лист не приходить | a Перевірте папку «Спам». Якщо й там немає, надішлю ще раз. | c Знайшов у спамі, працює!
""",
    "pl": r"""
c Dzień dobry, gdzie jest moja paczka {order}? | a Dzień dobry! Już sprawdzam.
a Paczka jest w sortowni, powinna dotrzeć jutro. | c Dziękuję bardzo, a czy mogę zapłacić kartą przy odbiorze?
a Tak, kurier ma terminal. | c Świetnie, miłego dnia!

c Proszę o fakturę na firmę do zamówienia {order} | a Oczywiście, poproszę o NIP.
c 000-00-00-000, „Przykład Test” sp. z o.o. | a Faktura {invoice}: https://files.example.test/{file}/ | c Dzięki 😊
""",
    "de": r"""
c Guten Tag, ich möchte meine Bestellung {order} stornieren. | a Guten Tag! Darf ich fragen, warum?
c Falsche Größe bestellt, bräuchte L statt M
a Kein Problem, wir tauschen kostenlos um. Das Rücksendeetikett:\nhttps://files.example.test/{file}/label.pdf
c Super, vielen Dank für die schnelle Hilfe! | a Sehr gern. Schönes Wochenende!

c Die Rechnung {invoice} fehlt noch in meinem Konto | a Ich sehe nach - einen Moment bitte.
a Jetzt ist sie da: *Konto → Rechnungen*. | c Ja, gefunden. Danke & viele Grüße
""",
    "ja": r"""
c こんにちは。注文番号{order}の配送状況を教えてください。
a お問い合わせありがとうございます。確認いたしますので、少々お待ちください。
a 商品は本日発送されました。明後日に届く予定です。 | c ありがとうございます!助かりました😊
a 他にご不明な点がございましたら、お気軽にご連絡ください。

c ログインできません。「パスワードが違います」と表示されます。
a ご不便をおかけして申し訳ございません。こちらから再設定をお試しください。\nhttps://shop.test/reset | c できました。
""",
    "ar": r"""
c مرحبا، متى سيصل طلبي رقم {order}؟ | a أهلا وسهلا! سأتحقق من ذلك الآن. | a سيصل الطلب غدا إن شاء الله.
c شكرا جزيلا 🌹 | a على الرحب والسعة!

c الفاتورة {invoice} فيها خطأ في العنوان | a نعتذر عن ذلك، ما هو العنوان الصحيح؟ | c شارع الاختبار ١٢، المدينة
a تم التعديل: https://files.example.test/{file}/
""",
}


def _script(text: str) -> tuple[tuple[str, str], ...]:
    lines = text.replace("\n", " | ").split(" | ")
    return tuple((line[0], line[2:].replace("\\n", "\n")) for line in lines)


SCRIPTS = {language: tuple(map(_script, text.strip().split("\n\n"))) for language, text in _TEXTS.items()}

NOTES = (
    "Refund approved, see ticket #{ticket}",
    "Customer called before about {order} - please be kind 🙏",
    "@Ira can you take this one?\nShe wrote twice already.",
    "VIP, seats: {ticket}",
    "second level says: known bug, fix in {version}",
)
BOT = (
    "Hi there! I am HelpBot 🤖 What is it about?",
    "Please choose:\n1. Order\n2. Invoice\n3. Something else",
    "Thanks! Somebody from the team will be with you shortly.",
    "We are away right now. Leave your e-mail address and we will answer tomorrow.",
)
BROADCASTS = {
    "trigger": "👋 Looking for something? We are here.",
    "auto chat": "Welcome back! Need a hand with your cart?",
    "auto email": "Subject: You left something in your cart\n\nHello,\nyour cart is still waiting.",
    "manual chat": "Summer sale: **-20 %** on everything until Sunday ☀️",
    "manual email": "Subject: News in {version}\n\nHello,\n\nthis month we rebuilt the export.",
}
ARTICLES = ("https://help.example.test/en/{ticket}-returns", "https://help.example.test/en/{ticket}-billing")
MAIL = "Hello,\n\nthe details for {order}.\n\nKind regards\nThe shop team\n\n> On Monday you wrote:\n> where is it?"
FILES = ("https://files.example.test/{file}/", "https://files.example.test/{file}/photo.jpg", "{file}")
# What system lines say is a word for machines.
TECH = ("resolution_time", "request_rating")
