(function(){document.documentElement.classList.add("ga-script");try{var t=localStorage.getItem("ga-theme");if(t==="light"||t==="dark"){document.documentElement.dataset.theme=t;}}catch(e){}})();
