"""The conversation itself: questions and answers, independent of sockets and screens."""
