PARLOR=${PARLOR:-http://127.0.0.1:8080}
JSON='Content-Type: application/json'
field() { grep -o "\"$1\":\"[^\"]*\"" | head -n 1 | cut -d '"' -f 4; }

# Ana creates an open chat: every client that has its URL can read and post.
opened=$(curl -s "$PARLOR/v1/chats" -H "$JSON" -d '{"name": "Ana", "admission": "open"}')
chat=$(echo "$opened" | field chat_url)
ana=$(echo "$opened" | field author_id)

# A visitor listens without a credential.
curl -sN "$chat/events?after=0" > anyone.txt &

# A visitor posts without a credential, and Ana with hers.
curl -s "$chat" -H "$JSON" -d '{"text": "Is this seat taken?"}'
curl -s "$chat" -H "$JSON" -d "{\"text\": \"Sit down\", \"user_id\": \"$ana\"}"
until grep 'Sit down' anyone.txt; do sleep 0.1; done

# A link into it admits at once, and gives the member a name.
link=$(curl -s "$PARLOR/v1/links" -H "$JSON" -d "{\"chat_url\": \"$chat\"}" | field exchange_url)
ben=$(curl -s "$link/knocks" -H "$JSON" -d '{"name": "Ben"}' | field client_id)
curl -s "$chat" -H "$JSON" -d "{\"text\": \"Thank you\", \"user_id\": \"$ben\"}"

# All messages.
curl -s "$chat"

# Ana closes the chat.
curl -s -X DELETE "$chat" -H "Authorization: Bearer $ana"
wait
