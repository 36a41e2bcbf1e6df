"""A bot on itchat as its users write them: it knows nothing of a simulator.

Usage: itchat_bot.py PICTURE FILE

It waits for a private text, a text in a room and a picture, answers the private one with a text,
the picture and the file, and logs out. What it sees it tells in JSON, one object a line.
"""

import hashlib
import json
import sys

import itchat
from itchat.content import PICTURE, TEXT

missing = {"text", "room text", "picture"}
friend = None


def tell(event, **what):
    print(json.dumps({"event": event, **what}), flush=True)


def seen(event, **what):
    tell(event, **what)
    missing.discard(event)
    if not missing:
        answer()


def answer():
    missing.add("nothing more")
    picture, file = sys.argv[1:]
    sent = [
        itchat.send("收到 😄 <ok> & \"done\"", toUserName=friend),
        itchat.send_image(picture, toUserName=friend),
        itchat.send_file(file, toUserName=friend),
    ]
    tell("answered", codes=[reply["BaseResponse"]["Ret"] for reply in sent])
    itchat.logout()


@itchat.msg_register(TEXT)
def on_text(message):
    global friend
    friend = message["FromUserName"]
    seen("text", who=message["User"]["NickName"], text=message["Text"])


@itchat.msg_register(TEXT, isGroupChat=True)
def on_room_text(message):
    seen(
        "room text",
        who=message["ActualNickName"],
        room=message["User"]["NickName"],
        text=message["Text"],
    )


@itchat.msg_register(PICTURE)
def on_picture(message):
    seen("picture", md5=hashlib.md5(message["Text"]()).hexdigest())


itchat.auto_login(
    # With callbacks it neither opens a picture of the code nor clears the terminal.
    qrCallback=lambda uuid, status, qrcode: None,
    loginCallback=lambda: tell("login"),
)
itchat.run()
